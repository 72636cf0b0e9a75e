"""`python -m benchmarks blocks`: tables in blocks beside one process."""

import json

from support.optional import optional
from support.pages import ROOT

from benchmarks import __main__ as main
from benchmarks import blocks


def test_the_page_has_the_committed_figures():
    results = json.loads((blocks.RESULTS / blocks.FILE).read_text())
    page = (ROOT / "docs" / "blocks.md").read_text()
    assert page.partition("<!-- figures -->\n")[2].partition("<!-- end of figures -->")[0] == blocks.format_blocks(
        results
    )
    assert {row["route"] for row in results["rows"]} == set(blocks.ROUTES)
    assert not results["environment"]["dirty"]


def test_routes_give_the_same_rows(tmp_path, monkeypatch):
    optional("dask")
    monkeypatch.setattr(blocks, "TABLES", {"overlap": blocks.TABLES["overlap"]})
    monkeypatch.setattr(blocks, "ROUTES", ("in memory", "in blocks", "Dask, 1 worker"))
    assert main.main(["blocks", "--share", "0.005", "--out", str(tmp_path)]) == 0
    rows = json.loads((tmp_path / blocks.FILE).read_text())["rows"]
    assert len({row["sum"] for row in rows}) == 1
    assert rows[2]["tasks"] > 50

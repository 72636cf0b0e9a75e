"""`demo` prints its steps and replaces only its own file."""

from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek.cli import demo  # noqa: E402


def test_demo_prints_its_steps_and_replaces_only_its_file(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / demo.OUTPUT).write_text("old")
    (tmp_path / "mine.csv").write_text("mine")
    code, out, err = run("demo")
    assert (code, err) == (0, "")
    for words in ("376 rows", "benign        357          357             353", "Tomek links: 4 found, 4 rows removed"):
        assert words in out
    for words in (
        "malignant      19          357             357",
        "Search: ",
        " on cpu, ",
        "inspect YOUR.csv --target",
    ):
        assert words in out
    assert pl.read_csv(demo.OUTPUT)["diagnosis"].value_counts(sort=True).rows() == [("malignant", 357), ("benign", 353)]
    assert (tmp_path / "mine.csv").read_text() == "mine"

"""Files as programs and people write them: read as they are, or refused with a step that leads on."""

import json

import pytest
from support.files_of_users import FILES
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

RESAMPLE = ("--seed", "0", "--k-neighbors", "2", "--method", "smote", "--force", "-o", "o.parquet")


def is_same(cell, expected):
    """Whether a cell of the output is that of the input; a column that only travels is text."""
    return cell == expected or (isinstance(cell, str) and cell == str(expected))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_is_read_or_each_step_leads_on(tmp_path, monkeypatch, run, file):
    monkeypatch.chdir(tmp_path)
    content, options = file.content, []
    for message, step in zip(file.messages, file.steps, strict=True):
        (tmp_path / file.name).write_bytes(content)
        code, out, err = run("resample", file.name, "-t", "y", *options, *RESAMPLE)
        assert (code in (1, 2), out) == (True, "")
        *notes, error = err.splitlines()
        assert all(note.startswith("gpu-smotetomek: note: ") for note in notes)
        assert error.removeprefix("gpu-smotetomek: ").startswith(message)
        code, out, err = run("inspect", file.name, "-t", "y", *options, "--json")
        if code and out:  # the report says why the table would be refused
            assert json.loads(out)["refusal"] == error.removeprefix("gpu-smotetomek: ")
        elif code:
            assert err.splitlines()[-1] == error
        else:
            assert any(line.rstrip(".").lower() in error.lower() for line in json.loads(out)["advice"])
        if callable(step):
            assert step(content) != content
            content = step(content)
        else:
            options += step
    (tmp_path / file.name).write_bytes(content)
    code, _, err = run("resample", file.name, "-t", "y", *options, *RESAMPLE)
    assert code == 0, err
    notes = [line.removeprefix("gpu-smotetomek: note: ") for line in err.splitlines()]
    frame = pl.read_parquet("o.parquet")
    assert frame.columns == file.names
    assert len(frame) > len(file.answer)
    rows = frame.rows()[: len(file.answer)]
    assert [list(map(is_same, *pair)) for pair in zip(rows, file.answer, strict=True)] == [
        [True] * frame.width for _ in rows
    ]
    assert any(note.startswith(file.note) for note in notes) if file.note else notes == []
    advice = json.loads(run("inspect", file.name, "-t", "y", *options_of_inspect(options), "--json")[1])["advice"]
    assert all(f"{note[0].upper()}{note[1:]}." in advice for note in notes)


def options_of_inspect(options):
    """The options of how a file is read, without those of resampling."""
    taken = {"--sampling-strategy", "--passthrough"}
    return [text for i, text in enumerate(options) if text not in taken and (i == 0 or options[i - 1] not in taken)]

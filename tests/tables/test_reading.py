"""Files that cannot be read are errors of one sentence, and lack of memory is not reported as damage."""

import errno

import pytest
from support.optional import optional
from support.table_files import FRAME, make_sheet, write_text

pl = optional("polars")

from gpu_smotetomek.tables import TableError, UsageError, read, reading, write  # noqa: E402


def test_unknown_columns_and_names(tmp_path):
    path = write_text(tmp_path, "alpha,class\n1,2\n")
    with pytest.raises(UsageError, match=r"no column 'clas'; did you mean 'class'\? It has 'alpha', 'class'"):
        read(path, "clas")
    with pytest.raises(UsageError, match=r"no column '2'; without a header line columns are numbered 0 to 1, the last"):
        read(path, "2", header=False)
    with pytest.raises(UsageError, match="name the column to predict with --target"):
        read(path, None)
    with pytest.raises(UsageError, match=r"no file '.*nope.csv'; check the path"):
        read(tmp_path / "nope.csv", "y")
    with pytest.raises(UsageError, match="is a folder; name a file in it"):
        read(tmp_path, "y")
    with pytest.raises(UsageError, match=r"ends in '.log'; name a file that ends in one of .csv, .tsv"):
        read(write_text(tmp_path, "x", "t.log"), "y")
    with pytest.raises(UsageError, match=r"--no-header and --separator are for .csv and .tsv files"):
        read(write_text(tmp_path, "x", "t.parquet"), "y", header=False)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        pl.exceptions.ComputeError("Cannot allocate memory (os error 12)"),
    ],
)
def test_running_out_of_memory_is_not_reported_as_damage(tmp_path, monkeypatch, error):
    def full(*_):
        raise error

    monkeypatch.setattr(reading, "read_text", full)
    with pytest.raises(MemoryError):
        read(write_text(tmp_path, "a,y\n1,2\n"), "y")


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_truncated_and_foreign_files(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write(make_sheet(FRAME, "class"), path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:4], whole[: len(whole) // 2], whole[:-3], b"a,y\n1,2\n"):
        path.write_bytes(damaged)
        with pytest.raises(
            TableError, match=r"cannot be read as (parquet|feather) .* it is damaged or in another format"
        ):
            read(path, "class")


def test_reading_is_linear_in_columns():
    """The work on the names of columns, counted by comparisons of texts, grows as the columns do."""

    class Name(str):
        n_compared = 0
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            Name.n_compared += 1
            return str.__eq__(self, other)

    from gpu_smotetomek.cli.text_columns import advise_on_text
    from gpu_smotetomek.tables.sheet import find_columns

    counts = []
    for n in (500, 1000):
        names = [Name(f"g{i}") for i in range(n)]
        Name.n_compared = 0
        find_columns(",".join(names), names, header=True)
        list(advise_on_text(dict.fromkeys(names, "x"), {}, dict.fromkeys(names[: n // 2], "y")))
        counts.append(Name.n_compared)
    assert counts[1] < 3 * counts[0] + 3000

"""Which suffix gives which format, and what can be done about the others."""

from pathlib import Path

import pytest

from gpu_smotetomek.tables import UsageError
from gpu_smotetomek.tables.formats import check_format_has_effect, detect_format, find_suffix, list_suffixes


@pytest.mark.parametrize("suffix", list_suffixes())
def test_each_suffix_that_is_listed_gives_a_format(suffix):
    assert find_suffix(Path(f"t{suffix.upper()}")) == suffix
    assert find_suffix(Path(f"a.b{suffix}")) == suffix
    assert find_suffix(Path("-"), suffix.removeprefix(".")) == suffix
    assert find_suffix(Path("t.log"), suffix.removeprefix(".")) == suffix


def test_fewer_formats_are_written():
    assert {*list_suffixes()} - {*list_suffixes(writes=True)} == {".txt", ".data", ".dat", ".xlsx", ".csv.zst"}
    with pytest.raises(
        UsageError, match=r"'o.txt' ends in '.txt'; name a file that ends in one of .csv, .tsv, .parquet"
    ):
        detect_format(Path("o.txt"), writes=True)
    with pytest.raises(UsageError, match="no table is written as xlsx; name an output, or give --format csv, tsv"):
        detect_format(Path("-"), "xlsx", writes=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.xls", "'t.xls' ends in '.xls'; save the sheet as .xlsx or as CSV"),
        ("t.zip", "'t.zip' ends in '.zip'; unpack it first"),
        ("t.pkl", "convert it with pandas.read_pickle"),
        ("t.rds", "write it in R with write.csv"),
        ("t.arff", "convert it with scipy.io.arff"),
        ("t.parquet.gz", "only text is read compressed: name a file that ends in .csv.gz, or unpack it first"),
        ("t.log", "name a file that ends in one of .csv, .tsv, .txt, .data, "),
        ("t", "'t' has no suffix; name a file that ends in one of .csv"),
    ],
)
def test_other_suffixes_have_a_remedy(name, message):
    with pytest.raises(UsageError) as info:
        find_suffix(Path(name))
    assert message in str(info.value)


def test_a_format_without_effect_is_refused():
    check_format_has_effect(None, Path("t.csv"), Path("o.csv"))
    for source, output in (("-", "o.csv"), ("t.csv", "-"), ("t", "o.csv")):
        check_format_has_effect("tsv", Path(source), Path(output))
    with pytest.raises(
        UsageError, match=r"--format tsv has no effect: the suffix gives the format of 't\.csv' and 'o\.csv'"
    ):
        check_format_has_effect("tsv", Path("t.csv"), Path("o.csv"))

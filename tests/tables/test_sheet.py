"""How a target is found among the columns, and names that are numbers."""

from support.optional import optional
from support.table_files import write_text

optional("polars")

from gpu_smotetomek.tables import read  # noqa: E402


def test_target_by_name_before_number(tmp_path):
    path = write_text(tmp_path, "1,0,x\n5,6,7\n8,9,10\n")
    assert read(path, "0").position == 1
    assert read(path, "1").position == 0
    assert read(path, "-1").target == "x"
    assert read(path, "0", header=False).position == 0


def test_names_that_are_numbers_are_detected(tmp_path):
    assert read(write_text(tmp_path, "0.5,-2,1\n1.5,3,0\n"), "1").named_by_numbers
    assert not read(write_text(tmp_path, "0,1,2\n1.5,3,0\n"), "2").named_by_numbers  # as programs number columns
    assert not read(write_text(tmp_path, "1,2,y\n1.5,3,0\n"), "y").named_by_numbers
    assert read(write_text(tmp_path, "0.5,-2,well\n1.5,3,sick\n"), "-1").named_by_numbers
    assert not read(write_text(tmp_path, "0.5,b,1\n1.5,3,0\n"), "2").named_by_numbers
    assert not read(write_text(tmp_path, "0.5,-2,1\n1.5,3,0\n"), "-1", header=False).named_by_numbers

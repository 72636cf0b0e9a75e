"""Labels that are missing, that are one class, and that look like one."""

import pytest
from support.optional import optional
from support.table_files import write_text

pl = optional("polars")

from gpu_smotetomek.tables import TableError, read  # noqa: E402
from gpu_smotetomek.tables.labels import settle_labels  # noqa: E402


def settle(labels, **settings):
    y, notes = settle_labels(pl.Series("y", labels), **({"missing_class": False} | settings))
    return y.to_list(), notes


@pytest.mark.parametrize(
    "mark", ["NA", "na", "N/A", "#N/A", "nan", "NaN", "NULL", "None", "?", ".", "-", "<NA>", " ? ", "", " "]
)
def test_marks_of_missing_are_refused_with_count_and_row(mark):
    labels = ["yes", "no", mark, "no", mark]
    with pytest.raises(TableError, match=r"^2 of 5 labels are missing in column 'y', the first in row 3 \(.*\); fill"):
        settle(labels)
    assert settle(labels, missing_class=True)[0] == labels


@pytest.mark.parametrize(
    "labels", [["none", "mild"], ["-", "+"], ["n", "a"], ["nil", "0"], ["Nana", "NAB"], [True, False], [0, 1]]
)
def test_other_labels_are_classes(labels):
    assert settle(labels) == (labels, [])


def test_missing_cells_of_typed_columns():
    for labels in ([0, None, 1], [0.0, float("nan"), 1.0], [True, None, False]):
        with pytest.raises(TableError, match="1 of 3 labels are missing in column 'y', the first in row 2"):
            settle(labels)
    with pytest.raises(
        TableError, match="--missing-as-class: column 'y' holds Int64, and an empty cell of it is no class"
    ):
        settle([0, None, 1], missing_class=True)
    assert settle(["a", None], missing_class=True)[0] == ["a", ""]
    categories = pl.Series("y", ["a", None, "?"], dtype=pl.Categorical)
    assert settle_labels(categories, missing_class=True)[0].to_list() == ["a", "", "?"]


def test_equal_numbers_are_one_class_in_their_most_frequent_way():
    labels, notes = settle(["1.0", "1", "1", "2", "02", "x", "+1", "\u22121", "-1"])
    assert labels == ["1", "1", "1", "2", "2", "x", "1", "\u22121", "\u22121"]
    assert notes[0] == "labels '1', '1.0', '+1' of column 'y' are one number, and one class: '1'"
    assert len(notes) == 3


@pytest.mark.parametrize(
    "labels", [["9007199254740993", "9007199254740992"], ["1_0", "10"], ["1e400", "2e400"], ["inf", "Infinity"]]
)
def test_unequal_numbers_stay_apart(labels):
    assert settle(labels)[0] == labels


def test_labels_alike_get_a_note():
    labels, notes = settle(["Yes", "yes", " yes", "no", "NO", "new  york", "New York", "x"])
    assert labels == ["Yes", "yes", " yes", "no", "NO", "new  york", "New York", "x"]
    assert [note.partition(" of ")[0] for note in notes] == [
        "labels 'Yes', 'yes', ' yes'",
        "labels 'no', 'NO'",
        "labels 'new  york', 'New York'",
    ]


def test_numbers_in_text_tables_print_as_in_the_file(tmp_path):
    rows = "".join(f"{i},{label}\n" for i, label in enumerate(["007", "007", "7", "8"]))
    sheet = read(write_text(tmp_path, "a,y\n" + rows), "y")
    assert sheet.labels.tolist() == ["007", "007", "007", "8"]
    assert len(sheet.notes) == 1

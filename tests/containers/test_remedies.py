"""Objects that are no table of numbers: one clear error each, whose remedy leads on."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from support.optional import optional

from gpu_smotetomek import RandomUnderSampler, SMOTETomek
from gpu_smotetomek.containers import enter_X, enter_y

N = 40
VALUES = np.random.default_rng(0).normal(size=(N, 2)).round(3)
Y = np.repeat([0, 1], [30, 10])


def message(X, kind=ValueError):
    with pytest.raises(kind) as caught:
        enter_X(X)
    return str(caught.value)


def resampled(X):
    """The result for what a remedy makes; it is a container that comes back."""
    result, _ = SMOTETomek(random_state=0).fit_resample(X, Y)
    assert type(result) is type(X)
    return result


# ---- numbers as objects ---------------------------------------------------------------------------------------------

OBJECTS = {
    "Decimal": [Decimal(str(value)) for value in VALUES[:, 0]],
    "Fraction": [Fraction(i, 7) for i in range(N)],
    "bool": [True, False] * (N // 2),
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_numbers_as_objects_in_pandas_name_the_cast(kind):
    pandas = optional("pandas")
    X = pandas.DataFrame({"a": pandas.Series(OBJECTS[kind], dtype=object), "b": VALUES[:, 1]})
    text = message(X)
    assert f"Column 'a' of X holds numbers in a form that arrays do not have (object of {kind})" in text
    assert text.endswith("for example with X.astype({'a': float}).")
    resampled(X.astype({"a": float}))
    X.loc[3, "a"] = None
    assert f"(object of {kind}, and missing values)" in message(X)
    assert "Input X contains NaN" in message(X.astype({"a": float}))


def test_text_beside_numbers_is_no_form_of_numbers():
    pandas = optional("pandas")
    X = pandas.DataFrame({"a": pandas.Series([Decimal(1), "x"] * (N // 2), dtype=object), "b": VALUES[:, 1]})
    assert "X has columns that are not numbers: 'a' (object)" in message(X)


@pytest.mark.parametrize("kind", ["Decimal", "Int128"])
def test_wide_numbers_of_polars_name_the_cast(kind):
    polars = optional("polars")
    column = polars.Series(OBJECTS["Decimal"]) if kind == "Decimal" else polars.Series(range(N), dtype=polars.Int128)
    X = polars.DataFrame({"a": column, "b": VALUES[:, 1]})
    text = message(X)
    assert kind in text
    assert text.endswith("for example with X.with_columns(polars.col('a').cast(polars.Float64)).")
    resampled(X.with_columns(polars.col("a").cast(polars.Float64)))
    X = X.with_columns(polars.when(polars.col("b") > 0).then(polars.col("a")).alias("a"))
    assert ", and missing values): cast it first" in message(X)


def test_decimals_of_pyarrow_name_the_cast():
    pyarrow = optional("pyarrow")
    X = pyarrow.table({"a": pyarrow.array(OBJECTS["Decimal"], pyarrow.decimal128(12, 4)), "b": VALUES[:, 1]})
    assert message(X).endswith("X.set_column(X.column_names.index('a'), 'a', X['a'].cast('float64')).")
    resampled(X.set_column(X.column_names.index("a"), "a", X["a"].cast("float64")))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(1, 3), "X holds Fraction objects, Fraction(1, 3) among them"),
        (Decimal("0.1"), "X holds Decimal objects, Decimal('0.1') among them"),
        (2**70, "X holds integers of more than 2**53 in size, 1180591620717411303424 among them"),
        (-(2**53) - 1, "X holds integers of more than 2**53 in size, -9007199254740993 among them"),
    ],
)
def test_objects_that_floats_would_round_are_refused_in_arrays(value, words):
    X = VALUES.astype(object)
    X[3, 1] = value
    text = message(X)
    assert words in text
    assert text.endswith("convert it first, for example with X.astype(float).")
    resampled(X.astype(float))


def test_plain_numbers_as_objects_are_taken():
    X = VALUES.astype(object)
    X[0], X[1], X[2] = 2**53, True, np.float32(0.5)
    assert resampled(X).dtype == np.float64


def test_a_list_of_any_numbers_gives_them_back():
    X = [[Fraction(i, 7), 2**60 + i] for i in range(N)]
    result = resampled(X)
    assert result[0][0] is X[0][0]


# ---- other objects --------------------------------------------------------------------------------------------------


def test_structured_arrays_name_numpys_function():
    from numpy.lib.recfunctions import structured_to_unstructured

    X = np.array([tuple(row) for row in VALUES], dtype=[("a", "f8"), ("b", "f8")])
    for array in (X, X.view(np.recarray)):
        assert (
            "structured array with the fields 'a', 'b': numpy.lib.recfunctions.structured_to_unstructured(X)"
            in message(array)
        )
    np.testing.assert_array_equal(structured_to_unstructured(X), VALUES)


def test_a_single_series_is_made_a_table():
    pandas = optional("pandas")
    column = pandas.Series(VALUES[:, 0], name="age")
    text = message(column)
    assert "X is a pandas Series. A table of this one column is X.to_frame(), or frame[['age']] of the frame" in text
    assert message(column.rename(None)).endswith("A table of this one column is X.to_frame().")
    resampled(column.to_frame())
    polars = optional("polars")
    frame = polars.DataFrame({"age": VALUES[:, 0]})
    assert "X is a polars Series. A table of this one column is X.to_frame(), or frame[['age']]" in message(
        frame["age"]
    )
    assert frame["age"].to_frame().equals(frame[["age"]])
    pyarrow = optional("pyarrow")
    for array in (pyarrow.array(VALUES[:, 0]), pyarrow.chunked_array([VALUES[:, 0]])):
        assert message(array).endswith("Array. A table of this one column is pyarrow.table({'x': X}).")
        resampled(pyarrow.table({"x": array}))
    assert "1234567" not in message(np.full(10**4, 1234567))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 2], [3, 4], [5]], "row 2 has one value and row 0 has 2 values"),
        ([[1], [3, 4]], "row 1 has 2 values and row 0 has one value"),
        ([[1, 2], 3], "row 1 has one value and row 0 has 2 values"),
    ],
)
def test_ragged_lists_name_the_row(rows, words):
    assert words in message(rows)


def test_arrays_of_sequences_name_the_row_or_numpys_function():
    ragged = np.empty(3, object)
    ragged[:] = [[1, 2], [3, 4], [5]]
    assert "row 2 has one value and row 0 has 2 values" in message(ragged)
    ragged[2] = [5, 6]
    assert message(ragged) == "X is a one-dimensional array of sequences: numpy.stack(X) makes a table of it."
    assert np.stack(ragged).shape == (3, 2)


@pytest.mark.parametrize(
    ("y", "kind", "words"),
    [
        (
            {"sick": [0] * 10**6},
            ValueError,
            "got dict: y holds the class of each row of X; give one of its values, such as y['",
        ),
        (set(range(10**5)), ValueError, "got set: y holds the class of each row of X; make a list of it"),
        (iter([0, 1]), ValueError, "got list_iterator: y holds"),
        ("y.csv", ValueError, "got str: y holds the class of each row of X; read the labels first"),
        (
            [{"sick": 0}] * 10**5,
            TypeError,
            "list of dictionaries: take one entry of each, such as [row['sick'] for row in y]",
        ),
        (
            np.zeros(10**5, [("sick", int)]),
            TypeError,
            "structured array: give the field that holds the classes, such as y['",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_holds_no_labels_names_the_step(y, kind, words):
    with pytest.raises(kind) as caught:
        enter_y(y)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_list_of_dictionaries_is_made_a_frame():
    rows = [{"a": a, "b": b} for a, b in VALUES]
    assert message(rows, TypeError).startswith("X is a list of dictionaries: pandas.DataFrame(X)")
    pandas = optional("pandas")
    resampled(pandas.DataFrame(rows))


class Dataset:
    """A map-style dataset without end, as PyTorch's are without `__iter__`: an index out of range is no IndexError."""

    def __len__(self):
        return N

    def __getitem__(self, index):
        return VALUES[index % N], Y[index % N]


def test_datasets_of_single_items_are_refused_at_once():
    for enter in (enter_X, enter_y):
        with pytest.raises(
            TypeError, match=r"test_remedies\.Dataset gives one item after another, .*: stack its items first"
        ):
            enter(Dataset())
    torch = optional("torch")
    dataset = Dataset()
    resampled(torch.stack([torch.as_tensor(dataset[i][0]) for i in range(N)]))


@pytest.mark.parametrize(
    ("library", "words"),
    [
        ("duckdb.duckdb", r".df() or .pl() gives a frame"),
        ("ibis.expr.types", ".to_polars()"),
        ("pyspark.sql.dataframe", ".toPandas()"),
        ("sqlframe.base", ".toPandas()"),
        ("daft.dataframe", ".to_pandas()"),
        ("dask.array.core", ".compute()"),
        ("_duckdb", r".df() or .pl() gives a frame"),
        ("datasets.arrow_dataset", '.to_pandas() gives a frame, and .with_format("torch")["column"][:] a tensor'),
    ],
)
def test_containers_of_known_libraries_name_the_conversion(library, words):
    relation = type("Relation", (), {"__module__": library, "__repr__": lambda _: "x" * 10**6, "__array__": None})()
    for enter in (enter_X, enter_y):
        with pytest.raises(TypeError) as caught:
            enter(relation)
        assert words in str(caught.value)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Column", "[:] gives a list or a tensor"),
        ("DatasetDict", '["train"].to_pandas()'),
        ("IterableDataset", "from_list(list(data)).to_pandas()"),
    ],
)
def test_parts_of_hugging_face_datasets_name_their_own_conversion(name, words):
    data = type(name, (), {"__module__": "datasets.arrow_dataset", "__iter__": lambda _: iter(())})()
    for enter in (enter_X, enter_y):
        with pytest.raises(TypeError) as caught:
            enter(data)
        assert words in str(caught.value)


@pytest.mark.parametrize("sampler", [SMOTETomek(), RandomUnderSampler()])
def test_a_frame_with_an_attribute_of_every_name_is_no_array(sampler):
    """Sqlframe's frames return a column for any name, also for those by which arrays are found."""
    names = {"__module__": "sqlframe.duckdb.dataframe", "__getattr__": lambda _, name: name, "__dlpack__": None}
    frame = type("DuckDBDataFrame", (), names)()
    for X, y in ((frame, Y), (VALUES, frame)):
        with pytest.raises(TypeError, match=r"DuckDBDataFrame is no container .*\.toPandas\(\) gives a frame"):
            sampler.fit_resample(X, y)


def test_a_record_batch_is_made_a_table():
    pyarrow = optional("pyarrow")
    batch = pyarrow.RecordBatch.from_pydict({"a": VALUES[:, 0], "b": VALUES[:, 1]})
    assert "pyarrow.Table.from_batches([batch]) gives a table" in message(batch, TypeError)
    resampled(pyarrow.Table.from_batches([batch]))

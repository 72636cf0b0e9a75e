"""`resample`: cleaning before and after, in passes, by the looser definition, and with rows that each class keeps."""

import json

import pytest
from support.cli_tables import FRAME
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks  # noqa: E402

pytestmark = pytest.mark.usefixtures("table")
X, Y = FRAME.drop("class"), FRAME["class"]


@pytest.mark.parametrize(
    ("options", "cleaning", "parameters"),
    [
        ("--repeat", {"repeat": True}, {}),
        ("--min-samples 95", {"min_samples": 95}, {}),
        ("--definition nearest-enemies", {"definition": "nearest enemies"}, {}),
        ("--definition nearest-neighbours", {"definition": "nearest neighbours"}, {}),
        ("--clean before", {}, {"clean": "before"}),
        ("--clean both --repeat", {"repeat": True}, {"clean": "both"}),
        (
            "--repeat --definition nearest-enemies --min-samples 90",
            {"repeat": True, "definition": "nearest enemies", "min_samples": 90},
            {},
        ),
    ],
)
@pytest.mark.parametrize("remove", ["majority", "both"])
def test_rows_are_those_of_the_sampler(remove, options, cleaning, parameters, run):
    code, out, err = run(f"resample t.parquet -t class -o o.parquet --seed 3 --json --remove {remove} {options}")
    assert (code, err) == (0, "")
    tomek = TomekLinks(sampling_strategy="all" if remove == "both" else "larger", **cleaning)
    sampler = SMOTETomek(smote=SMOTE(random_state=3), tomek=tomek, **parameters)
    rows, classes = sampler.fit_resample(X, Y)
    frame, report = pl.read_parquet("o.parquet"), json.loads(out)
    assert frame.drop("class").equals(rows)
    assert frame["class"].equals(classes)
    before = getattr(sampler, "tomek_before_", None)
    n_first = 0 if before is None else len(before.links_)
    assert report["links_found"] == len(sampler.tomek_.links_) + n_first > 0
    assert report["rows_removed"] == 120 + report["rows_added"] - len(frame) > 0


@pytest.mark.parametrize("options", [{"repeat": True}, {"min_samples": 98}, {"definition": "nearest enemies"}], ids=str)
def test_cleaning_alone(options, run):
    words = " ".join(
        f"--{name.replace('_', '-')}" + ("" if value is True else f" {str(value).replace(' ', '-')}")
        for name, value in options.items()
    )
    code, _, err = run(f"resample t.parquet -t class -o o.parquet --method tomek {words}")
    assert (code, err) == (0, "")
    assert pl.read_parquet("o.parquet").drop("class").equals(TomekLinks(**options).fit_resample(X, Y)[0])


def test_the_stages_of_the_table(run):
    """Cleaning first comes first; after it, SMOTE grows the rare class to what is left of the other."""
    heads = {}
    for clean in ("after", "before", "both"):
        code, out, _ = run(f"resample t.csv -t class -o {clean}.csv --seed 0 --clean {clean}")
        assert code == 0
        head, common, rare = (line.split() for line in out.replace("after ", "after-").splitlines()[:3])
        heads[clean] = head, *([int(cell) for cell in line[1:]] for line in (common, rare))
    assert heads["after"][0] == heads["both"][0] == ["class", "before", "after-SMOTE", "after-cleaning"]
    head, common, rare = heads["before"]
    assert head == ["class", "before", "after-cleaning", "after-SMOTE"]
    assert common[0] > common[1] == common[2] == rare[2]
    assert rare[:2] == [20, 20]
    both = heads["both"]
    assert both[1][1] == both[2][1] == common[1], "SMOTE meets what the first cleaning left"
    for clean, stages in heads.items():
        frame = pl.read_csv(f"{clean}.csv")
        assert [row[-1] for row in stages[1:]] == [frame["class"].to_list().count(label) for label in ("no", "yes")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--method smote --repeat", "--repeat has no effect with --method smote"),
        ("--method smote --clean both", "--clean has no effect with --method smote"),
        ("--method smote --min-samples 3", "--min-samples has no effect with --method smote"),
        ("--method smote --definition nearest-enemies", "--definition has no effect with --method smote"),
        ("--method tomek --clean before", "--clean has no effect with --method tomek"),
        ("--repeat --definition nearest-enemies", "give --min-samples"),
    ],
)
def test_options_without_effect_are_refused(options, words, refused):
    code, error = refused(f"resample t.csv -t class -o o.csv {options}")
    assert code == 2
    assert words in error

"""Measure this package beside others and report it: `python -m benchmarks VERB`.

The verbs are run, samplers, quality, reliability, blocks, epochs, stages, plan, cold, report and cases.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import epochs, quality, quality_report, quality_tables, report, samplers
from benchmarks.bars import draw_bars
from benchmarks.blocks import add_blocks, run_blocks
from benchmarks.cases import CASES, PROFILES, Case, choose_cases
from benchmarks.cold import format_cold_starts, measure_cold_starts
from benchmarks.environment import describe_environment
from benchmarks.peers import PEERS
from benchmarks.plan import compare_plans, format_plans
from benchmarks.plot import draw_growth
from benchmarks.reliability.verb import add_reliability, run_reliability
from benchmarks.runner import Settings, measure
from gpu_smotetomek.arrays import cuda_probe

RESULTS = Path(__file__).parent / "results"
GPU = "gpu"
CASE_OF_CHART = "correlated-50000x30"
LIMITS = {  # by profile: rounds, seconds for a process, seconds for a peer in a case
    "tiny": (1, 60.0, 1.0),
    "quick": (3, 60.0, 10.0),
    "full": (5, 120.0, 120.0),
}


def main(words: list[str] | None = None) -> int:
    """Run one command and return 0; a wrong word ends the process with exit status 2."""
    parser = _make_parser()
    args = parser.parse_args(words)
    if args.verb == "cases":
        print("\n".join(f"{case.name:28} {', '.join(sorted(case.profiles))}" for case in CASES))
        return 0
    try:
        runs = {
            "report": report_again,
            "cold": run_cold,
            "samplers": run_samplers,
            "quality": run_quality,
            "reliability": run_reliability,
            "blocks": run_blocks,
            "epochs": run_epochs,
        }
        if args.verb in runs:
            runs[args.verb](args)
        elif args.verb == "plan":
            cases = choose_cases(args.profile, args.case, None)
            print(format_plans(compare_plans(cases, args.rows, lambda line: print(line, file=sys.stderr, flush=True))))
        elif args.profile == GPU:
            run_on_gpu(args.out)
        else:
            cases = choose_cases(args.profile, args.case, args.data)
            run(args, [case.with_seed(seed) for case in cases for seed in args.seed or [0]])
    except ValueError as error:
        parser.error(str(error))
    return 0


def report_again(args: argparse.Namespace) -> None:
    """Write table, plot and bar chart from the JSON of a run; results of a GPU become bars of the chart."""
    results, *on_gpus = (json.loads(file.read_text()) for file in [args.file, *args.gpu])
    if "profile" not in results:
        raise ValueError(f"{args.file} is not the JSON of `run` or `stages`; results of a GPU come after it")
    names = list(dict.fromkeys(row["case"] for row in results["rows"]))
    write_report(results, find_cases(names, args.data), args.file)
    draw_bars(results, on_gpus, args.chart, args.file.with_suffix(".bars.svg"))


def run_cold(args: argparse.Namespace) -> None:
    """Measure cold starts, print the table, and write it and the JSON."""
    environment = describe_environment()
    results = {"verb": "cold", "environment": environment, "rows": measure_cold_starts(args.repeat)}
    text = format_cold_starts(results["rows"])
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"{environment['date'][:19].replace(':', '')}-cold.json"
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    file.with_suffix(".md").write_text(text)
    print(text)


def run_samplers(args: argparse.Namespace) -> None:
    """Measure each sampler and its peers, print the table, and write it and the JSON; the JSON after each sampler."""

    def log(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    settings = Settings(args.repeat, args.limit, args.budget, {"device": args.device}, log)
    cases = samplers.make_cases(samplers.choose_samplers(args.sampler, log), args.kind, args.rows, args.features)
    environment = describe_environment()
    results: dict[str, Any] = {
        "verb": "samplers", "profile": args.kind, "environment": environment, "rows": [],
        "settings": {"repeat": args.repeat, "limit": args.limit, "budget": args.budget, "options": settings.options},
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"{environment['date'][:19].replace(':', '')}-samplers-{args.kind}.json"
    for case in cases:
        results["rows"] += measure(case, samplers.PEERS, settings)
        file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    text = samplers.format_samplers(results)
    file.with_suffix(".md").write_text(text)
    print(text)


def run_quality(args: argparse.Namespace) -> None:
    """Measure what resampling does to models, print the tables, and write them and the JSON."""

    def log(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    tables = [*quality_tables.TABLES, *quality_tables.find_tables(args.data)]
    settings = quality.QUICK if args.quick else quality.QualitySettings()
    environment = describe_environment()
    results = quality.make_results(tables, settings, environment, log)
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"{environment['date'][:19].replace(':', '')}-quality-{results['profile']}.json"
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    text = quality_report.format_quality(results)
    file.with_suffix(".md").write_text(text)
    print(text)


def run_epochs(args: argparse.Namespace) -> None:
    """Measure prepared tables, print the table, and write it and the JSON; the JSON after each table."""
    environment = describe_environment()
    results: dict[str, Any] = {
        "verb": "epochs", "profile": "epochs", "environment": environment, "rows": [],
        "settings": {"repeat": args.repeat, "options": {"device": args.device}},
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"{environment['date'][:19].replace(':', '')}-epochs.json"
    tables = [(name, kind, rows) for name in args.sampler for rows in args.rows for kind in args.kind]
    for name, kind, rows in tables:
        print(f"{name}, {kind}, {rows} rows", file=sys.stderr, flush=True)
        results["rows"].append(
            epochs.measure_epochs(name, kind, rows, args.features, args.repeat, {"device": args.device})
        )
        file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    text = epochs.format_epochs(results)
    file.with_suffix(".md").write_text(text)
    print(text)


def find_cases(names: list[str], folder: Path | None) -> list[Case]:
    """Return the cases of these names, which may end in a seed."""
    parts = [name.partition("-seed") for name in names]
    return [choose_cases("full", [name], folder)[0].with_seed(int(seed or 0)) for name, _, seed in parts]


def run_on_gpu(out: Path) -> None:
    """Run the profile of the GPU, whose cases, peers and figures differ from those of the CPU."""
    if reason := cuda_probe.cuda_unavailable_reason():
        raise ValueError(f"--profile {GPU} needs one. {reason}")
    from benchmarks import gpu

    out.mkdir(parents=True, exist_ok=True)
    gpu.main(out / f"{describe_environment()['date'][:19].replace(':', '')}-run-gpu.json")


def run(args: argparse.Namespace, cases: list[Case]) -> None:
    """Measure the cases; save the results after each one, so that an interruption loses one case only."""
    peers = (args.peer or list(PEERS)) if args.verb == "run" else ["ours", *_list_backends()]
    given = zip((args.repeat, args.limit, args.budget), LIMITS[args.profile], strict=True)
    repeat, limit, budget = (usual if value is None else value for value, usual in given)
    options = {"device": args.device, "backend": getattr(args, "backend", None) or "auto"}
    settings = Settings(repeat, limit, budget, options, log=lambda line: print(line, file=sys.stderr, flush=True))
    environment = describe_environment()
    results: dict[str, Any] = {
        "verb": args.verb, "profile": args.profile, "environment": environment, "rows": [],
        "settings": {"repeat": repeat, "limit": limit, "budget": budget, "options": options},
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"{environment['date'][:19].replace(':', '')}-{args.verb}-{args.profile}.json"
    for case in cases:
        results["rows"] += measure(case, peers, settings)
        file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    write_report(results, cases, file)


def write_report(results: dict[str, Any], cases: list[Case], file: Path) -> None:
    """Write the Markdown table and the plot beside the JSON, and print the table."""
    is_run = results["verb"] == "run"
    text = report.format_run(results, cases) if is_run else report.format_stages(results)
    file.with_suffix(".md").write_text(text)
    print(text)
    if is_run and not draw_growth(results, cases, file.with_suffix(".svg")):
        print("No plot: matplotlib is not installed (pip install matplotlib).", file=sys.stderr)


def _list_backends() -> list[str]:
    """Return every usable search backend of this package, as a peer."""
    from gpu_smotetomek.neighbors import available

    return [f"ours:{name}" for name, reason in available().items() if reason is None]


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="measure this package and its peers side by side")
    stages = verbs.add_parser("stages", help="measure each search backend: how far is `auto` from the best one?")
    cold = verbs.add_parser("cold", help="measure from the start of a process to its first result, imports included")
    again = verbs.add_parser("report", help="write table, plot and bar chart again, from the JSON of a run")
    verbs.add_parser("cases", help="list the cases")
    again.add_argument("file", type=Path, help="the JSON of a run")
    again.add_argument("gpu", type=Path, nargs="*", help="the JSON of a GPU: a further bar of the chart")
    again.add_argument("--chart", default=CASE_OF_CHART, metavar="CASE", help="the case of the bar chart")
    run.add_argument("--peer", action="append", choices=PEERS, help="measure only this peer; may be repeated")
    run.add_argument("--backend", help="the search backend of this package")
    for verb in (run, stages):
        verb.add_argument("--profile", choices=[*PROFILES, *[GPU] * (verb is run)], default="quick")
        verb.add_argument("--case", action="append", default=[], help="measure only this case; may be repeated")
        verb.add_argument("--seed", type=int, action="append", help="seed of the data; may be repeated")
        verb.add_argument("--repeat", type=int, help="number of rounds")
        verb.add_argument("--limit", type=float, help="seconds after which a process is stopped")
        verb.add_argument("--budget", type=float, help="seconds after which a peer is not run again in a case")
        verb.add_argument("--device", default="cpu", help="the device of this package; the peers run on the CPU")
        verb.add_argument("--out", type=Path, default=RESULTS, help="the folder for JSON, Markdown and plot")
    _add_samplers(verbs)
    _add_quality(verbs)
    _add_epochs(verbs)
    add_reliability(verbs)
    add_blocks(verbs)
    _add_plan(verbs)
    cold.add_argument("--repeat", type=int, default=5, help="number of rounds")
    cold.add_argument("--out", type=Path, default=RESULTS, help="the folder for JSON and Markdown")
    for verb in (run, stages, again):
        verb.add_argument("--data", type=Path, help="a folder of CSV tables whose last column is the target")
    return parser


def _add_plan(verbs: Any) -> None:
    """Add the command `plan` and its options."""
    plan = verbs.add_parser(
        "plan", help="compare the seconds that a plan estimates with those of the call, on one thread"
    )
    plan.add_argument("--profile", choices=PROFILES, default="full")
    plan.add_argument("--case", action="append", default=[], help="compare only this case; may be repeated")
    plan.add_argument("--rows", type=int, default=50_000, help="most rows of a case")


def _add_samplers(verbs: Any) -> None:
    """Add the command `samplers` and its options."""
    family = verbs.add_parser("samplers", help="measure each sampler beside imbalanced-learn's of the same name")
    family.add_argument("--sampler", action="append", default=[], help="measure only this sampler; may be repeated")
    family.add_argument("--kind", choices=samplers.KINDS, default="correlated", help="the kind of data")
    family.add_argument("--rows", type=int, default=20_000, help="number of rows; SVMSMOTE gets a quarter")
    family.add_argument("--features", type=int, default=30, help="number of features")
    family.add_argument("--repeat", type=int, default=3, help="number of rounds")
    family.add_argument("--limit", type=float, default=120.0, help="seconds after which a process is stopped")
    family.add_argument("--budget", type=float, default=30.0, help="seconds after which a peer is not run again")
    family.add_argument("--device", default="cpu", help="the device of this package; the peers run on the CPU")
    family.add_argument("--out", type=Path, default=RESULTS, help="the folder for JSON and Markdown")


def _add_quality(verbs: Any) -> None:
    """Add the command `quality` and its options."""
    about = "measure ranking, calibration and decisions of models with resampling and with its alternatives"
    verb = verbs.add_parser("quality", help=about, description=f"{about}. {quality_tables.LAYOUT}")
    verb.add_argument("--data", type=Path, metavar="DIR", help="a folder of further tables")
    verb.add_argument("--quick", action="store_true", help="two repetitions on few rows, to see that it runs")
    verb.add_argument("--out", type=Path, default=RESULTS, help="the folder for JSON and Markdown")


def _add_epochs(verbs: Any) -> None:
    """Add the command `epochs` and its options, each of which may name several values."""
    again = verbs.add_parser("epochs", help="measure fit_resample beside resample of a prepared table")
    names = [name for name, entry in samplers.ENTRIES.items() if not entry.is_mixed]
    again.add_argument("--sampler", nargs="+", default=["SMOTETomek"], choices=names, help="the samplers")
    again.add_argument("--kind", nargs="+", default=list(samplers.KINDS), choices=samplers.KINDS, help="kinds of data")
    again.add_argument("--rows", nargs="+", type=int, default=[50_000, 1_000_000], help="numbers of rows")
    again.add_argument("--features", type=int, default=30, help="number of features")
    again.add_argument("--repeat", type=int, default=5, help="number of seeds")
    again.add_argument("--device", default="cpu", help="the device")
    again.add_argument("--out", type=Path, default=RESULTS, help="the folder for JSON and Markdown")


if __name__ == "__main__":
    sys.exit(main())

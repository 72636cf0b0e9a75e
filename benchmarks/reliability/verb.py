"""The command `reliability`: its options, its JSON and its Markdown."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.environment import describe_environment
from benchmarks.reliability import collection, text

RESULTS = Path(__file__).parents[1] / "results"


def add_reliability(verbs: Any) -> None:
    """Add the command `reliability`."""
    about = "count what hostile inputs, interrupts, kills and faults do to this package, and to imbalanced-learn"
    verb = verbs.add_parser("reliability", help=about, description=f"{about}.")
    names = [trial.name for trial in collection.TRIALS]
    verb.add_argument("--trial", action="append", default=[], choices=names, help="only this kind; may be repeated")
    verb.add_argument("--quick", action="store_true", help="a few trials of each kind, to see that it runs")
    verb.add_argument("--out", type=Path, default=RESULTS, help="the folder for JSON and Markdown")


def run_reliability(args: argparse.Namespace) -> None:
    """Run the trials, print the table, and write it and the JSON; the JSON after each kind."""

    def log(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    results: dict[str, Any] = {
        "verb": "reliability", "profile": "quick" if args.quick else "full", "environment": describe_environment(), "rows": []
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / ("reliability-quick.json" if args.quick else "reliability.json")
    for rows in collection.run_trials(args.trial, quick=args.quick, log=log):
        results["rows"] += rows
        file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = text.format_reliability(results)
    file.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)

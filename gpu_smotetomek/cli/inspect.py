"""`gpu-smotetomek inspect`: what a table holds, and whether the method suits it."""

from dataclasses import asdict
from typing import Any

from gpu_smotetomek.cli.advice import advice
from gpu_smotetomek.cli.exit_codes import failures
from gpu_smotetomek.cli.facts import Facts, facts_of
from gpu_smotetomek.cli.options import Debug, Input, Json, NoHeader, Separator, Target
from gpu_smotetomek.cli.terminal import say, say_advice, say_json, say_pairs, say_table
from gpu_smotetomek.tables import read

SHOWN = 10


def inspect(
    source: Input,
    target: Target = None,
    no_header: NoHeader = False,
    separator: Separator = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what a table holds, and what to mind.

    What resampling takes is told too; nothing is changed or written.

    \b
    Example:
      gpu-smotetomek inspect train.csv --target class
    """
    with failures(debug):
        facts = facts_of(read(source, target, header=not no_header, separator=separator))
        if as_json:
            say_json({"input": str(source)} | as_dict(facts))
            return
        say(
            f"{source}: {facts.rows:,} rows, {facts.features} feature{'s' * (facts.features > 1)}, target {facts.target!r}"
        )
        say_table(["class", "rows", "share"], class_rows(facts), right=(1, 2))
        say_facts(facts)
        say()
        say_advice(advice(facts))


def as_dict(facts: Facts) -> dict[str, Any]:
    """Facts and advice as plain data; classes as a list, since JSON would turn their labels into text."""
    classes = [{"label": label, "rows": rows} for label, rows in facts.classes.items()]
    return asdict(facts) | {"classes": classes, "imbalance_ratio": facts.ratio, "advice": advice(facts)}


def class_rows(facts: Facts) -> list[list[object]]:
    """Cells of the table of classes, the smallest ones where there are many."""
    few = sorted(facts.classes.items(), key=lambda item: item[1])[:SHOWN]
    return [[str(label), rows, f"{rows / facts.rows:.1%}"] for label, rows in few]


def say_facts(facts: Facts) -> None:
    """Print what was found, one fact a line."""
    if len(facts.classes) > SHOWN:
        say(f"and {len(facts.classes) - SHOWN} more classes")
    told = {
        "Imbalance:": f"1 : {facts.ratio:.1f}",
        "Missing:": listed(facts.missing),
        "Not numeric:": listed(facts.non_numeric),
        "Repeated:": f"{facts.repeated:,} rows",
    }
    if facts.overlap is not None:
        told["Overlap:"] = f"{facts.overlap:.0%} of the smallest class have a row of another class nearest"
    if facts.plan:
        megabytes = facts.plan["workspace_bytes"] / 1e6
        told["Work space:"] = f"{megabytes:,.1f} MB, {facts.plan['backend']} on {facts.plan['device']}"
    else:
        told["Would fail:"] = facts.refusal or ""
    say_pairs(told)


def listed(columns: dict[str, Any]) -> str:
    """Columns, each with what was found in it."""
    some = ", ".join(f"{name} ({found})" for name, found in list(columns.items())[:SHOWN])
    return (some or "none") + (f" and {len(columns) - SHOWN} more columns" if len(columns) > SHOWN else "")

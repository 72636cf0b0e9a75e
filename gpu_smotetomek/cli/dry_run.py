"""The plan that `resample --dry-run` prints: the rows of each class, the work, and the roles of the columns."""

from typing import Any

from gpu_smotetomek.cli.report import count_classes
from gpu_smotetomek.cli.request import Request
from gpu_smotetomek.cli.resample_options import Method, SmallClass
from gpu_smotetomek.cli.terminal import print_json, print_line, print_pairs, print_table
from gpu_smotetomek.inspection.advice import DEFAULT_K_NEIGHBORS
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.smote_tomek import SMOTETomek
from gpu_smotetomek.tables import Sheet

WORK = ("pairs", "workspace_bytes", "seconds", "backend", "device")


def print_dry_run(request: Request, sheet: Sheet, sampler: Any, strategy: Any, facts: dict[str, Any]) -> None:
    """Check the table by the sampler, and print what resampling would do; nothing is written.

    Raises
    ------
    ValueError
        If the sampler would refuse the table.
    """
    plan = sampler.plan(sheet.X, sheet.y) if isinstance(sampler, SMOTETomek) else None
    sampler.fit(sheet.X, sheet.y)
    classes = list_classes_after(request, sheet, strategy)
    work = None if plan is None else {name: getattr(plan, name) for name in WORK}
    if request.as_json:
        print_json(facts | {"dry_run": True, "method": request.method.value, "classes": classes, "plan": work})
    if request.prints_report:
        print_plan(request, sheet, classes, work)


def list_classes_after(request: Request, sheet: Sheet, strategy: Any) -> list[dict[str, Any]]:
    """The rows of each class before and after SMOTE; None after it where the method is without SMOTE."""
    sizes = count_classes(sheet)
    if request.method is Method.tomek:
        return [{"label": label, "before": rows, "after_smote": None} for label, rows in sizes.items()]
    added = {str(label): n for label, n in resolve_oversampling(strategy, sheet.labels).items()}
    if request.given["small_class"] is SmallClass.skip:
        k = request.given["k_neighbors"] or DEFAULT_K_NEIGHBORS
        added |= {str(label): 0 for label, rows in sizes.items() if rows <= k}
    return [
        {"label": label, "before": rows, "after_smote": rows + added.get(str(label), 0)}
        for label, rows in sizes.items()
    ]


def print_plan(request: Request, sheet: Sheet, classes: list[dict[str, Any]], work: dict[str, Any] | None) -> None:
    """Print the rows of each class, the work and the output."""
    heads = ["class", "before", "after SMOTE"][: 2 if request.method is Method.tomek else 3]
    keys = ("label", "before", "after_smote")[: len(heads)]
    print_table(heads, [[str(c[keys[0]]), *(c[key] for key in keys[1:])] for c in classes], right=range(1, len(heads)))
    rows = sum(c["after_smote"] or c["before"] for c in classes)
    fewer = "" if request.method is Method.smote else ", less those that cleaning removes"
    lines = {"Rows:": f"{rows:,}{fewer}"}
    if work is not None:
        size = f"{work['workspace_bytes'] / 1e6:,.1f} MB"
        lines["Work:"] = f"about {work['seconds']:.2g} s and {size}, {work['backend']} on {work['device']}"
    lines["Features:"] = ", ".join(sheet.compared.columns)
    lines |= {"Travelling:": ", ".join(sheet.passthrough)} if sheet.passthrough else {}
    lines |= {"Categories:": ", ".join(sheet.categorical)} if sheet.categorical else {}
    print_pairs(lines)
    print_line()
    print_line(f"Dry run: {request.output} is not written.")

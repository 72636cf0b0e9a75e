"""A pytest plugin that writes the ids of skipped tests to the file $SKIPPED, to run them with optional libraries installed."""

import os

skipped: list[str] = []


def pytest_runtest_logreport(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.append(report.nodeid)


def pytest_collectreport(report):
    if report.skipped:
        skipped.append(report.nodeid)


def pytest_sessionfinish():
    with open(os.environ["SKIPPED"], "w", encoding="utf-8") as out:
        out.writelines(f"{nodeid}\n" for nodeid in dict.fromkeys(skipped))

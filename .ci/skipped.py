"""A pytest plugin that adds the ids of skipped tests to the file $SKIPPED, to run them with optional libraries installed.

Each process of pytest-xdist adds its own; an id may occur twice.
"""

import os

skipped: list[str] = []


def pytest_runtest_logreport(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.append(report.nodeid)


def pytest_collectreport(report):
    if report.skipped:
        skipped.append(report.nodeid)


def pytest_sessionfinish():
    with open(os.environ["SKIPPED"], "a", encoding="utf-8") as out:
        out.writelines(f"{nodeid}\n" for nodeid in dict.fromkeys(skipped))

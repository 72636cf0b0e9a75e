"""A pytest plugin that writes what was skipped to the file SKIPPED, to be run again once the optional libraries are there."""

import os

found: list[str] = []


def pytest_runtest_logreport(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        found.append(report.nodeid)


def pytest_collectreport(report):
    if report.skipped:
        found.append(report.nodeid)


def pytest_sessionfinish():
    with open(os.environ["SKIPPED"], "w", encoding="utf-8") as out:
        out.writelines(f"{nodeid}\n" for nodeid in dict.fromkeys(found))

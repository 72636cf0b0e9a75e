"""How a report is shown: text for a terminal, HTML for a notebook."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.datasets import make_moons
from support.pages import ROOT, Page

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.samplers.reports.html import format_html
from gpu_smotetomek.samplers.reports.sections import format_bytes, format_seconds, show_label
from gpu_smotetomek.samplers.reports.text import measure

VOID_TAGS = {"br", "hr", "img", "input", "meta", "link"}


class TagChecker(HTMLParser):
    """Collects the tags, styles and texts of a page, and fails for a tag that is closed in the wrong order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.styles, self.texts = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.styles += [value for name, value in attrs if name == "style"]
        assert {name for name, _ in attrs} <= {"style", "open"}
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def make_report(labels=(0, 1)):
    X, y = make_moons((500, 50), noise=0.3, random_state=1)
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(X, np.array(labels)[y])
    return sampler.report_


def test_html_is_well_formed_escaped_and_needs_nothing_else():
    labels = ("<script>alert(1)</script>", '"a" & b')
    html = make_report(labels)._repr_html_()
    checker = TagChecker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    assert set(checker.tags) == {
        "div",
        "span",
        "strong",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert set(labels) <= set(checker.texts)
    assert "http" not in html
    assert "url(" not in html


def test_html_has_no_colours_of_its_own():
    """Text and background are those of the page; lines are half transparent grey."""
    checker = TagChecker()
    checker.feed(make_report()._repr_html_())
    declared = [rule.split(":", 1) for style in checker.styles for rule in style.split(";") if rule.strip()]
    colors = {value.strip() for name, value in declared if name.strip() in ("color", "background", "background-color")}
    assert colors == {"inherit", "transparent"}
    lines = {value for name, value in declared if name.strip().startswith("border") and "rgba" in value}
    assert all("rgba(128, 128, 128" in value for value in lines)


def test_advice_is_escaped():
    report = make_report()
    report.__dict__["advice"] = ("a < b & c",)
    assert "<li>a &lt; b &amp; c</li>" in format_html(report)


def test_text_is_aligned():
    lines = str(make_report(("健康", "ill"))).splitlines()
    table = lines[lines.index("Rows") + 1 : lines.index("Rows") + 5]
    assert len({measure(line) for line in table}) == 1
    assert [line.split()[0] for line in table] == ["class", "ill", "健康", "all"]
    assert max(map(measure, lines)) <= 110


def test_nothing_is_to_be_certified_where_all_distances_are_computed():
    report = make_report()
    assert report.steps[0].search.backend == "direct"
    smote, tomek = (line.split() for line in str(report).split("Steps\n")[1].splitlines()[1:3])
    assert smote[smote.index("direct") + 1] == "-"
    assert tomek[tomek.index("kdtree") + 1] == "96.5%"


def test_the_page_shows_what_is_printed():
    """All but the times and the threads."""
    shown = next(code for code in Page(ROOT / "docs" / "report.md").blocks("text") if code.startswith("SMOTETomek"))

    def mask(text):
        text = re.sub(r"[\d.e-]+ m?s\b", "T", text)
        return re.sub(r" +", " ", re.sub(r"\d+ threads?", "N threads", text)).rstrip()

    assert mask(str(make_report())) == mask(shown)


@pytest.mark.parametrize(
    ("label", "shown"),
    [("a\nb\x1b[31m", "a\\nb\\x1b[31m"), ("x" * 50, "x" * 37 + "..."), (3, "3"), (np.str_("ü"), "ü")],
)
def test_labels_take_one_line(label, shown):
    assert show_label(label) == shown


def test_units():
    assert [format_seconds(value) for value in (0.0, 2.5e-5, 0.5, 90.0)] == ["0 ms", "0.025 ms", "500 ms", "90 s"]
    assert [format_bytes(value) for value in (0, 1_000, 20_500, 10**12, 5 * 10**15)] == [
        *("0 B", "1 kB", "20.5 kB", "1 TB", "5e+03 TB")
    ]


def test_repr_is_one_line():
    assert repr(make_report()) == "<Report of SMOTETomek: print it, or read its attributes>"

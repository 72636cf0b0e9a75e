"""The bar on a terminal, in a notebook, and elsewhere."""

import io
import re
import sys
import threading
import types

import pytest

from gpu_smotetomek import progress
from gpu_smotetomek.progress import CallProgress, Meter, follow_call
from gpu_smotetomek.progress import bar as bars
from gpu_smotetomek.progress.bar import Notebook, Terminal, find_screen, format_line

STATE = CallProgress("SMOTETomek", "tomek", 0.42, 10.0, 14.2)


class Stream(io.StringIO):
    """A text stream that is a terminal, or none."""

    encoding = "utf-8"

    def __init__(self, is_terminal: bool = True) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.fixture
def fast(monkeypatch):
    """Bars appear at once."""
    monkeypatch.setattr(bars, "SHOW_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(bars, "DRAW_EVERY_SECONDS", 0.001)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


def show(stream: Stream, monkeypatch) -> str:
    """What a call of a few milliseconds writes to standard error."""
    monkeypatch.setattr(sys, "stderr", stream)
    with progress(), follow_call("call") as meter:
        meter.expect([("search", 1.0)])
        meter.begin_part("search")
        threading.Event().wait(0.05)
    return stream.getvalue()


@pytest.mark.usefixtures("fast")
def test_a_terminal_shows_one_line_that_is_removed_at_the_end(monkeypatch):
    written = show(Stream(), monkeypatch)
    lines = written.split("\r\x1b[K")
    assert lines[0] == lines[-1] == ""
    assert len(lines) > 3
    assert all(re.fullmatch(r"[█░]+ +\d+% call( search, about 0:0[12] left)?", line) for line in lines[1:-1])
    assert any("search" in line for line in lines)
    assert "\n" not in written


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("change", ["pipe", "dumb", "narrow"])
def test_nothing_is_written_where_no_bar_can_be_drawn(change, monkeypatch):
    if change == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    if change == "narrow":
        monkeypatch.setenv("COLUMNS", "20")
    assert show(Stream(change != "pipe"), monkeypatch) == ""


def test_a_short_call_shows_no_bar(monkeypatch):
    assert show(Stream(), monkeypatch) == ""


def test_without_standard_error_there_is_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert find_screen() is None


@pytest.mark.usefixtures("fast")
def test_a_call_within_a_call_has_no_bar_of_its_own(monkeypatch):
    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress(), follow_call("outer"), follow_call("inner"):
        threading.Event().wait(0.03)
    assert "outer" in stream.getvalue()
    assert "inner" not in stream.getvalue()


@pytest.mark.usefixtures("fast")
def test_the_line_is_removed_after_an_error(monkeypatch):
    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)

    def fail() -> None:
        threading.Event().wait(0.03)
        raise RuntimeError

    with pytest.raises(RuntimeError), progress(), follow_call("call"):
        fail()
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("width", [10, 40, 60, 80, 200])
@pytest.mark.parametrize(("encoding", "characters"), [("utf-8", "█░"), ("ascii", "#-")])
def test_a_line_fits_and_its_bar_shows_the_fraction(width, encoding, characters):
    line = format_line(STATE, width, encoding)
    line.encode(encoding)
    assert len(line) <= width
    if width >= 60:
        bar, text = line.split("  ")
        assert text == "42% SMOTETomek tomek, about 0:15 left"
        assert set(bar) == set(characters)
        assert bar.count(characters[0]) == int(len(bar) * 0.42)


def test_a_notebook_gets_one_output_that_is_replaced_and_emptied(monkeypatch):
    outputs, updates = [], []

    def display(data, **options):
        assert options == {"raw": True, "display_id": True}
        outputs.append(data)
        return types.SimpleNamespace(update=lambda data, raw: updates.append(data))

    module = types.ModuleType("IPython")
    module.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    module.display = types.ModuleType("IPython.display")
    module.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", module.display)
    screen = find_screen(Stream(False))
    assert isinstance(screen, Notebook)
    screen.draw(CallProgress("<b>", "", 0.5, 1.0, None))
    screen.draw(STATE)
    screen.clear()
    assert outputs == [
        {"text/plain": " 50% <b>", "text/html": '<progress value="0.500" max="1"></progress>  50% &lt;b&gt;'}
    ]
    assert [update["text/plain"] for update in updates] == [" 42% SMOTETomek tomek, about 0:15 left", ""]

    module.get_ipython = lambda: object()  # IPython in a terminal
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    assert isinstance(find_screen(Stream()), Terminal)


def test_the_thread_of_a_bar_ends_with_the_call():
    before = threading.active_count()
    with bars.ProgressBar(Meter("call"), Terminal(Stream())):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before

"""The progress of a whole command: one bar, removed before the result is printed; nothing of it in a pipe."""

import threading

import pytest
from support.optional import optional

optional("polars"), optional("typer"), optional("rich")

from gpu_smotetomek.cli import terminal  # noqa: E402
from gpu_smotetomek.cli.command_progress import follow_command  # noqa: E402
from gpu_smotetomek.progress import CallProgress, callbacks, follow_call  # noqa: E402
from gpu_smotetomek.progress import bar as bars  # noqa: E402


@pytest.fixture
def drawn(monkeypatch):
    """The states of a bar that is drawn without a pause, and None for each removal."""
    drawn: list[CallProgress | None] = []

    class Screen:
        def draw(self, state: CallProgress) -> None:
            drawn.append(state)

        def clear(self) -> None:
            drawn.append(None)

    monkeypatch.setattr(callbacks, "find_screen", Screen)
    monkeypatch.setattr(bars, "SHOW_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(bars, "DRAW_EVERY_SECONDS", 0.0)
    return drawn


@pytest.mark.parametrize("more", ["", "--json", "--method tomek"])
@pytest.mark.usefixtures("table")
def test_one_bar_covers_reading_resampling_and_writing(run, drawn, more):
    code, out, _ = run(f"resample t.csv -o out.csv --target class {more}")
    assert code == 0
    assert out
    states = [state for state in drawn if state is not None]
    fractions = [state.fraction for state in states]
    assert fractions == sorted(fractions)
    assert {state.call for state in states} == {"t.csv"}
    assert states[0].step in ("", "read")
    assert drawn[-1] is None
    assert drawn.count(None) == 1


@pytest.mark.usefixtures("table")
def test_without_a_terminal_a_command_writes_no_bar(run):
    code, _, err = run("resample t.csv -o out.csv --target class --seed 0")
    assert (code, "\r" in err, "\x1b" in err) == (0, False, False)


@pytest.mark.usefixtures("table")
def test_an_error_removes_the_bar_before_it_is_printed(run, drawn):
    code, _, err = run("resample t.csv -o out.csv --target nothing")
    assert code != 0
    assert err.count("\n") == 1
    assert drawn[-1] is None


def test_a_note_removes_the_bar_for_a_moment_and_a_line_of_the_result_for_good(tmp_path, drawn, capsys):
    def wait_until_drawn() -> None:
        while not drawn or drawn[-1] is None:
            threading.Event().wait(0.001)

    with follow_command(tmp_path / "missing.csv"):
        with terminal.show_progress(), follow_call("inner"):
            wait_until_drawn()
            terminal.print_stderr("a note")
            assert None in drawn
            wait_until_drawn()
        terminal.print_line("a result")
        count = len(drawn)
        assert drawn[-1] is None
    assert len(drawn) == count
    assert {state.call for state in drawn if state is not None} == {"missing.csv"}
    assert capsys.readouterr() == ("a result\n", "gpu-smotetomek: a note\n")

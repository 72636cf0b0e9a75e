"""The folder that keeps what a run has finished: a manifest, the values of stages, and a journal of written parts."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from gpu_smotetomek.datasets.value_files import read_value, write_value
from gpu_smotetomek.tables.errors import UsageError

MANIFEST, JOURNAL = "manifest.json", "journal.jsonl"


class Scratch:
    """A folder of one run, which a later run with the same arguments takes over; a `StageStore`.

    Parameters
    ----------
    folder : Path
        Made, where it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read_manifest(self) -> dict[str, Any] | None:
        """The manifest of an earlier run; None where there is none.

        Raises
        ------
        UsageError
            If the folder holds other files than those of a run.
        """
        try:
            manifest: dict[str, Any] = json.loads((self.folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            others = (
                [path.name for path in self.folder.iterdir() if path.name != MANIFEST + ".new"]
                if self.folder.exists()
                else []
            )
            if others:
                raise UsageError(
                    f"{self.folder} exists and is of no earlier run: delete it, or name another scratch"
                ) from None
            return None
        return manifest

    def begin(self, manifest: dict[str, Any]) -> None:
        """Take over an earlier run, or begin a new one.

        Raises
        ------
        UsageError
            If the folder belongs to a run with other arguments, another input or another version.
        """
        earlier = self.read_manifest()
        if earlier is not None:
            for key, value in json.loads(json.dumps(manifest)).items():
                if earlier.get(key) != value:
                    raise UsageError(
                        f"{self.folder} belongs to another run ({describe_difference(key, earlier.get(key), value)}): delete it, "
                        "or name another scratch"
                    )
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{MANIFEST}.new"
        with temporary.open("w", encoding="utf-8") as handle:
            json.dump(manifest, handle)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(self.folder / MANIFEST)

    def load(self, name: str) -> Any:
        """The value of a stage; None where there is none, or a torn one."""
        return read_value(self.folder / f"{name}.stage")

    def save(self, name: str, value: Any) -> None:
        """Keep the value of a stage, as a whole or not at all."""
        write_value(self.folder / f"{name}.stage", value)

    def read_journal(self) -> dict[int, int]:
        """Rows of each part that is on the disk; a torn last line counts for nothing."""
        path, parts = self.folder / JOURNAL, dict[int, int]()
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        for line in lines:
            with contextlib.suppress(ValueError):
                part, n_rows = json.loads(line)
                parts[part] = n_rows
        return parts

    def note_part(self, part: int, n_rows: int) -> None:
        """Note that a part is on the disk."""
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as handle:
            handle.write(f"\n[{part}, {n_rows}]\n")  # a new line ends a torn one
            handle.flush()
            os.fsync(handle.fileno())


def describe_difference(key: str, earlier: Any, now: Any) -> str:
    """What differs between two runs, in few words."""
    if isinstance(now, int | str) and len(f"{earlier}{now}") < 80:
        return f"{key} {earlier}, now {now}"
    return f"its {key} differ"

"""Places that cannot be written: full, limited and read-only. The old output stays, and one message says why."""

import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.environment import make_child_environment
from benchmarks.reliability import commands
from benchmarks.reliability.commands import DAMAGED, INTACT, LIMIT_SECONDS, OLD, SUFFIXES, Place
from benchmarks.reliability.outcome import OURS, Outcome, Size, Trial

RIGHT = f"exit 1, one message, {INTACT}"
OPTIONS_OF_MOUNT = {"full disk": "size=64k", "read-only disk": "size=1m"}
CODE_OF_MOUNT = 99


def run(size: Size) -> Iterator[Outcome]:
    """Limit the size of files, fill a file system, and write to read-only places, for each format."""
    for suffix in SUFFIXES[: size.formats]:
        with commands.open_place(suffix) as place:
            length = len(place.reference)
            limits = [0, 1, 4096, length // 2, length - 4096, length - 1]
            for limit in limits[-size.limits :]:
                yield Outcome(f"{OURS}, files of limited size", f"{suffix}, {limit} bytes", limit_size(place, limit))
            for name in OPTIONS_OF_MOUNT if can_mount() else ():
                yield Outcome(f"{OURS}, {name}", suffix, write_on_disk(place, name))
            if os.getuid() != 0:
                yield Outcome(f"{OURS}, read-only folder", suffix, write_in_read_only_folder(place))


def limit_size(place: Place, limit: int) -> str:
    """Limit the size of all files that the command writes."""
    return judge(place, place.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))


def judge(place: Place, process: "subprocess.Popen[str]") -> str:
    """Wait for the command, and judge its exit code, its message, the output and the files beside it."""
    _, err = process.communicate(timeout=LIMIT_SECONDS)
    beside = ", files beside it" if place.list_others() else ""
    return f"{commands.judge_refusal(process.returncode, err)}, {place.judge_output()}{beside}"


def can_mount() -> bool:
    """Whether a file system can be mounted, in a name space of its own."""
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", folder]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def write_on_disk(place: Place, name: str) -> str:
    """Let the command write on a file system that is mounted for it alone, and judge what lies there afterwards."""
    output = place.output.name
    with tempfile.TemporaryDirectory() as disk:
        words = [
            sys.executable,
            "-m",
            "gpu_smotetomek",
            "resample",
            str(place.folder / "t.csv"),
            "-t",
            "y",
            "-o",
            output,
        ]
        script = [
            f"mount -t tmpfs -o {OPTIONS_OF_MOUNT[name]} none {disk} && cd {disk} || exit {CODE_OF_MOUNT}",
            f"printf %s {shlex.quote(OLD.decode())} > {output}",
            f"mount -o remount,ro {disk} || exit {CODE_OF_MOUNT}" if name == "read-only disk" else "",
            f"{shlex.join(words)} --force --seed 0 > /dev/null; code=$?",
            f"cat {output}; ls -A; exit $code",
        ]
        done = subprocess.run(
            ["unshare", "-rm", "bash", "-c", "\n".join(script)],
            env=make_child_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    is_intact = done.stdout == f"{OLD.decode()}{output}\n"
    return f"{commands.judge_refusal(done.returncode, done.stderr)}, {INTACT if is_intact else DAMAGED}"


def write_in_read_only_folder(place: Place) -> str:
    """Take the right to write in the folder away, which binds all users but root."""
    process = place.start()
    process.kill()
    process.wait()
    place.folder.chmod(0o555)
    try:
        words = ["resample", "t.csv", "-t", "y", "-o", place.output.name, "--force"]
        return judge(place, commands.start_command(words, place.folder))
    finally:
        place.folder.chmod(0o755)


TRIAL = Trial(
    "places that cannot be written",
    "Files of limited size (RLIMIT_FSIZE), a full disk, a read-only disk, a read-only folder. The command ends with 1 and one "
    "message, and the old output is intact.",
    frozenset({RIGHT}),
    run,
)

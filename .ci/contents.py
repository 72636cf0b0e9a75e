"""Check the content of the wheel and the source distribution in a folder, and print their version: `contents.py dist`."""

import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "gpu_smotetomek"
SOURCES = (PACKAGE, "tests", "docs", "benchmarks")


def list_files(folder: str) -> set[str]:
    """List the files in a folder of the repository, without Python's caches."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in paths}


(wheel,) = Path(sys.argv[1]).glob("*.whl")
(source,) = Path(sys.argv[1]).glob("*.tar.gz")
expected = list_files(PACKAGE)
kernels = {name for name in expected if name.endswith(".cu")}
assert f"{PACKAGE}/py.typed" in expected

with zipfile.ZipFile(wheel) as archive:
    names = set(archive.namelist())
    (info,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
    metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
version = metadata["Version"]
inside = {name for name in names if not name.startswith(f"{info}/")}
assert inside == expected, f"wheel lacks {sorted(expected - inside)}, has in addition {sorted(inside - expected)}"
assert f"{info}/licenses/LICENSE" in names
assert metadata["License-Expression"] == "BSD-3-Clause"
extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
assert set(metadata.get_all("Provides-Extra")) == set(extras)

top = f"{PACKAGE}-{version}/"
with tarfile.open(source) as archive:
    names = {name.removeprefix(top) for name in archive.getnames()}
sources = {name for folder in SOURCES for name in list_files(folder)}
assert sources <= names, f"source distribution lacks {sorted(sources - names)}"
assert {"pyproject.toml", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE"} <= names
allowed = {"pyproject.toml", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "PKG-INFO", ".gitignore"}
others = {name for name in names if name not in allowed and name.partition("/")[0] not in SOURCES}
assert not others, f"source distribution has in addition {sorted(others)}"

print(f"{len(expected)} files in the wheel, {len(kernels)} of them kernels", file=sys.stderr)
print(version)

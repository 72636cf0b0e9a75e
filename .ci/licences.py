"""Judge a report of pip-licenses: all terms of a package must be allowed. "A OR B" needs one allowed term, "A AND B" both."""

import json
import re
import sys
from pathlib import Path

ALLOWED = {
    *("MIT", "MIT License", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "0BSD"),
    *("Apache-2.0", "Apache Software License"),
    *("ISC", "ISC License (ISCL)", "PSF-2.0", "Zlib", "CC0-1.0"),
}


def is_allowed(expression: str) -> bool:
    """Whether a licence expression, or a list of classifiers separated by semicolons, has allowed terms only."""
    parts = re.split(r"\s+AND\s+|;\s*", expression)
    return all(ALLOWED & set(re.split(r"\s+OR\s+", re.sub(r"^\((.*)\)$", r"\1", part))) for part in parts)


assert is_allowed("MIT AND (GPL-3.0-only OR 0BSD)")
assert not is_allowed("GPL-3.0-only AND MIT")
packages = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
bad = [
    f"{package['Name']} {package['Version']}: {package['License']}"
    for package in packages
    if not is_allowed(package["License"])
]
if bad or not packages:
    sys.exit("\n".join(["licences to check by hand:", *bad]))
print(f"licences: {len(packages)} packages, all allowed")

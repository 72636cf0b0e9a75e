"""Judges reports of pip-audit: 0 if all was looked up and is clean, 1 if not, 75 if nothing at all was looked up."""

import json
import sys
from pathlib import Path

NOTHING = 75  # EX_TEMPFAIL of sysexits.h

found = [
    package for path in sys.argv[1:] for package in json.loads(Path(path).read_text(encoding="utf-8"))["dependencies"]
]
skipped = sorted({package["name"] for package in found if "vulns" not in package})
audited = {package["name"] for package in found if "vulns" in package}
bad = sorted({f"{p['name']} {p['version']}: {v['id']}" for p in found for v in p.get("vulns", [])})
print(f"audited: {len(audited)}, without an answer: {len(skipped)}, vulnerabilities: {len(bad)}")
if bad:
    sys.exit("\n".join(bad))
if not audited:
    print("NOT AUDITED: the package index here has no advisories", file=sys.stderr)
    sys.exit(NOTHING)
if skipped:
    sys.exit(f"not audited: {', '.join(skipped)}")

"""Judge reports of pip-audit. Exit code 0: all packages were looked up and are clean; 75: none was looked up; else 1."""

import json
import sys
from pathlib import Path

NOT_AUDITED = 75  # EX_TEMPFAIL of sysexits.h

packages = [
    package for path in sys.argv[1:] for package in json.loads(Path(path).read_text(encoding="utf-8"))["dependencies"]
]
skipped = sorted({package["name"] for package in packages if "vulns" not in package})
audited = {package["name"] for package in packages if "vulns" in package}
bad = sorted({f"{p['name']} {p['version']}: {v['id']}" for p in packages for v in p.get("vulns", [])})
print(f"audited: {len(audited)}, without an answer: {len(skipped)}, vulnerabilities: {len(bad)}")
if bad:
    sys.exit("\n".join(bad))
if not audited:
    print("NOT AUDITED: the package index here has no advisories", file=sys.stderr)
    sys.exit(NOT_AUDITED)
if skipped:
    sys.exit(f"not audited: {', '.join(skipped)}")

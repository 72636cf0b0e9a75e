"""Set the version in a software bill of materials, and check it: `sbom.py SBOM REQUIREMENTS`.

The version of the package is not in pyproject.toml, where the tool looks for it. Each line of the requirements must be a
component of the same version, with a hash.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

sbom, requirements = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")
bom = json.loads(sbom.read_text(encoding="utf-8"))
package = (ROOT / "gpu_smotetomek" / "__init__.py").read_text(encoding="utf-8")
(version,) = re.findall(r'^__version__ = "(.*)"$', package, re.MULTILINE)
component = bom["metadata"]["component"]
assert component["name"] == "gpu_smotetomek", component
component["version"] = version
expected = set(re.findall(r"^([\w.-]+)(?:\[.*\])?==([^\s;\\]+)", requirements, re.MULTILINE))
listed = {(part["name"], part["version"]) for part in bom["components"]}
assert expected, "no requirements"
assert listed == expected, listed ^ expected
for part in bom["components"]:
    assert any(reference.get("hashes") for reference in part["externalReferences"]), part["name"]
sbom.write_text(json.dumps(bom, indent=2) + "\n", encoding="utf-8")
print(f"{sbom}: {len(listed)} packages")

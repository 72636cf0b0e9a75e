"""Write the configuration for runc that runs an image as Docker would: `bundle.py ROOT DATA USER ARG...`.

Reads the output of `runc spec` and, from stdin, the configuration of the image that buildah prints. Equivalent to
`docker run --read-only --tmpfs /tmp --cap-drop ALL --network none --security-opt no-new-privileges -v DATA:/data`.
"""

import json
import sys
from pathlib import Path

CONFIG = Path("config.json")
root, data, user, *args = sys.argv[1:]
image = json.load(sys.stdin)
uid, gid = map(int, (user or image["User"]).split(":"))
spec = json.loads(CONFIG.read_text())
spec["root"] = {"path": root, "readonly": True}
spec["process"] |= {
    "terminal": False,
    "user": {"uid": uid, "gid": gid},
    "args": image["Entrypoint"] + (args or image["Cmd"]),
    "env": image["Env"],
    "cwd": image["WorkingDir"],
    "capabilities": {},
    "noNewPrivileges": True,
}
spec["mounts"] += [
    {
        "destination": "/tmp",
        "type": "tmpfs",
        "source": "tmpfs",
        "options": ["noexec", "nosuid", "nodev", "mode=1777"],
    },
    {"destination": "/data", "type": "bind", "source": data, "options": ["bind", "rw"]},
]
CONFIG.write_text(json.dumps(spec))

"""Writes the configuration with which runc runs an image as Docker would: `bundle.py ROOT DATA USER ARG...`.

Reads what `runc spec` wrote, and the image's own configuration (as buildah tells it) from stdin. Like
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

"""Check compose.yaml without a Docker engine: it parses, and its services match the README."""

from pathlib import Path

import yaml

compose = yaml.safe_load((Path(__file__).parent / "compose.yaml").read_text(encoding="utf-8"))
services = compose["services"]
assert set(services) == {"cpu", "gpu"}, set(services)
for service in services.values():
    limits = {key: service[key] for key in ("read_only", "tmpfs", "cap_drop", "network_mode")}
    assert limits == {"read_only": True, "tmpfs": ["/tmp"], "cap_drop": ["ALL"], "network_mode": "none"}, limits
    assert service["build"]["dockerfile"] == "docker/Dockerfile"
    assert service["image"] == f"gpu-smotetomek:{service['build']['target']}"
(device,) = services["gpu"]["deploy"]["resources"]["reservations"]["devices"]
assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}, device
assert "deploy" not in services["cpu"]

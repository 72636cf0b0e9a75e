"""What can be said of compose.yaml without a Docker engine: it parses, and its services are what the README says."""

from pathlib import Path

import yaml

compose = yaml.safe_load((Path(__file__).parent / "compose.yaml").read_text(encoding="utf-8"))
services = compose["services"]
assert set(services) == {"cpu", "gpu"}, set(services)
for name, service in services.items():
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["network_mode"] == "none", name
    assert service["tmpfs"] == ["/tmp"] and service["build"]["dockerfile"] == "docker/Dockerfile", name
    assert service["image"].rpartition(":")[2] == service["build"]["target"] or name == "gpu", name
(device,) = services["gpu"]["deploy"]["resources"]["reservations"]["devices"]
assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}, device
assert "deploy" not in services["cpu"]

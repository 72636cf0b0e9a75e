"""The free memory of machine, container and process, and files that are larger."""

import sys

import pytest
from support.optional import optional
from support.table_files import write_text

optional("polars")

from gpu_smotetomek import address_space  # noqa: E402
from gpu_smotetomek.address_space import get_free_address_space  # noqa: E402
from gpu_smotetomek.tables import free_memory, read  # noqa: E402


def test_a_file_larger_than_the_free_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = write_text(tmp_path, "a,y\n1,2\n3,4\n")
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 10**9)
    assert len(read(path, "y").y) == 2
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 8)
    said = (
        r"t\.csv' has 1.2e-08 GB, and 8e-09 GB of memory are free; convert it by polars\.scan_csv\('t\.csv'\)"
        r"\.sink_parquet\('table\.parquet'\), which is read in blocks; or take fewer rows"
    )
    with pytest.raises(MemoryError, match=said):
        read(path, "y")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the limits of Linux")
def test_free_memory_is_the_least_of_machine_container_and_process(tmp_path, monkeypatch):
    monkeypatch.setattr(free_memory, "CGROUP", tmp_path)
    monkeypatch.setattr(free_memory, "CGROUP_OF_PROCESS", tmp_path / "none")
    machine = free_memory.get_machine_bytes()
    assert machine > 10**7
    assert free_memory.get_container_bytes() is None
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory.get_container_bytes() is None
    (tmp_path / "memory.max").write_text("5000\n")
    assert (free_memory.get_container_bytes(), free_memory.get_free_bytes()) == (4000, 4000)
    monkeypatch.setattr(address_space.resource, "getrlimit", lambda _: (1, 1))
    assert (get_free_address_space(), free_memory.get_free_bytes()) == (0, 0)
    monkeypatch.setattr(address_space.resource, "getrlimit", lambda _: (2**60, -1))
    assert 2**59 < get_free_address_space() < 2**60
    monkeypatch.setattr(address_space.resource, "getrlimit", lambda _: (-1, -1))
    assert get_free_address_space() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads the limits of Linux")
@pytest.mark.parametrize(
    ("line", "root", "names"),
    [
        ("0::/outer/inner", "", ("memory.max", "memory.current")),
        ("4:memory:/outer/inner", "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")),
    ],
)
def test_the_limits_of_nested_control_groups_hold_in_both_versions(tmp_path, monkeypatch, line, root, names):
    outer = tmp_path / root / "outer"
    (outer / "inner").mkdir(parents=True)
    (tmp_path / "cgroup").write_text(f"9:cpu:/elsewhere\n{line}\n")
    monkeypatch.setattr(free_memory, "CGROUP", tmp_path)
    monkeypatch.setattr(free_memory, "CGROUP_OF_PROCESS", tmp_path / "cgroup")
    assert free_memory.get_container_bytes() is None
    for folder, limit in ((outer, 5000), (outer / "inner", 9000)):
        (folder / names[0]).write_text(f"{limit}\n")
        (folder / names[1]).write_text("1000\n")
    assert free_memory.get_container_bytes() == 4000

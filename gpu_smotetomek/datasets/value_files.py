"""Values of stages in files: arrays in NumPy's format, the rest as JSON, and a hash that shows torn files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

PACKAGE_PREFIX = "gpu_smotetomek."
DIGEST_BYTES, LENGTH_BYTES = 32, 8
HASHED_AT_ONCE = 2**20


def write_value(path: Path, value: Any) -> None:
    """Write a value; the file is there as a whole or not at all.

    Raises
    ------
    TypeError
        If the value has a part that is no array, number, text, list, dictionary, or record of this package.
    """
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w+b") as handle:
        text = json.dumps(encode_value(value, handle)).encode()
        handle.write(text)
        handle.write(len(text).to_bytes(LENGTH_BYTES, "little"))
        handle.flush()
        size = handle.tell()
        digest = hash_file(handle, size)
        handle.seek(size)
        handle.write(digest)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def read_value(path: Path) -> Any:
    """The value of a file; None where there is no file, or a torn one."""
    try:
        handle = path.open("rb")
    except FileNotFoundError:
        return None
    with handle:
        size = os.fstat(handle.fileno()).st_size - DIGEST_BYTES
        if size < LENGTH_BYTES:
            return None
        digest = hash_file(handle, size)
        handle.seek(size)
        if handle.read() != digest:
            return None
        handle.seek(size - LENGTH_BYTES)
        length = int.from_bytes(handle.read(LENGTH_BYTES), "little")
        handle.seek(size - LENGTH_BYTES - length)
        return decode_value(json.loads(handle.read(length)), handle)


def hash_file(handle: BinaryIO, size: int) -> bytes:
    """Hash of the first bytes of a file."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    handle.seek(0)
    while size > 0:
        piece = handle.read(min(size, HASHED_AT_ONCE))
        if not piece:
            break
        digest.update(piece)
        size -= len(piece)
    return digest.digest()


def encode_value(value: Any, handle: BinaryIO) -> Any:
    """A value as JSON holds it; its arrays are written to the file."""
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, np.ndarray | np.generic):
        place = handle.tell()
        np.lib.format.write_array(handle, np.asarray(value), allow_pickle=False)
        return {"scalar" if isinstance(value, np.generic) else "array": place}
    if isinstance(value, np.dtype):
        return {"dtype": value.str}
    if isinstance(value, list):
        return [encode_value(item, handle) for item in value]
    if isinstance(value, dict):
        return {"dict": [[encode_value(key, handle), encode_value(item, handle)] for key, item in value.items()]}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return {"tuple": [encode_value(item, handle) for item in value]}
    return {
        "record": name_record(value),
        "fields": {name: encode_value(getattr(value, name), handle) for name in list_fields(value)},
    }


def list_fields(value: Any) -> list[str]:
    """Names of the fields of a dataclass or a named tuple."""
    if isinstance(value, tuple):
        return list(value._fields)  # type: ignore[attr-defined]
    return [field.name for field in dataclasses.fields(value)]


def name_record(value: Any) -> list[str]:
    """Module and name of the class of a record of this package."""
    kind = type(value)
    is_record = dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")
    if not is_record or not kind.__module__.startswith(PACKAGE_PREFIX):
        raise TypeError(f"a stage returned {kind.__module__}.{kind.__qualname__}, which no file of a stage holds")
    return [kind.__module__, kind.__qualname__]


def decode_value(code: Any, handle: BinaryIO) -> Any:
    """The value that `encode_value` encoded."""
    if isinstance(code, list):
        return [decode_value(item, handle) for item in code]
    if not isinstance(code, dict):
        return code
    if "array" in code or "scalar" in code:
        handle.seek(code["array"] if "array" in code else code["scalar"])
        array = np.lib.format.read_array(handle, allow_pickle=False)
        return array if "array" in code else array[()]
    if "dtype" in code:
        return np.dtype(code["dtype"])
    if "dict" in code:
        return {decode_value(key, handle): decode_value(item, handle) for key, item in code["dict"]}
    if "tuple" in code:
        return tuple(decode_value(item, handle) for item in code["tuple"])
    return build_record(code["record"], {name: decode_value(item, handle) for name, item in code["fields"].items()})


def build_record(name: list[str], fields: dict[str, Any]) -> Any:
    """A record of a class of this package, which the stages have loaded."""
    module, qualname = name
    if not module.startswith(PACKAGE_PREFIX):
        raise TypeError(f"{module}.{qualname} is no record of this package")
    kind = getattr(sys.modules[module], qualname)
    if issubclass(kind, tuple):
        return kind(**fields)
    record = object.__new__(kind)
    for field, value in fields.items():
        object.__setattr__(record, field, value)
    return record

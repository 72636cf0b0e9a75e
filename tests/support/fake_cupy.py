"""A stand-in for CuPy where there is no GPU: its arrays live in host memory, and its kernels run on the CPU.

It is stricter than CuPy. An array is no numpy.ndarray and becomes one only by `.get()`, which is recorded; operands must be on
the current device; kernels take exactly the declared types, and structs whose layout matches and whose addresses belong to living
arrays; every allocation is counted and can be made to fail. It has the names that array_api_compat and the package use, and no
others. It cannot show speed, the error codes of a real driver, or anything that goes on at the same time: streams, copies, blocks
of a kernel.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
import types
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from support import cuda_on_cpu


class Launch(NamedTuple):
    kernel: str
    grid: tuple[int, ...]
    block: tuple[int, ...]
    device: int
    stream: int


class State:
    """Records that the tests read, and settings that they make."""

    def __init__(self) -> None:
        self.copies: list[tuple[int, ...]] = []  # shapes that `.get()` copied to the host
        self.reads = 0  # single values that Python read
        self.launches: list[Launch] = []
        self.allocations = self.used_bytes = self.peak_bytes = 0
        self.blocks: dict[int, int] = {}  # allocated addresses and sizes
        self.addressed: Any = weakref.WeakValueDictionary()  # the array whose address was read last, by address
        self.fail_at: int | None = None  # number of the allocation that fails
        self.limit = 0  # bytes of the pool; 0: unlimited
        self.allocator: Any = None  # used instead of the pool
        self.current = Current()
        self.available = True
        self.tests = 0  # number of resets: arrays are counted in the test that made them

    @property
    def device(self) -> int:
        return self.current.device

    @device.setter
    def device(self, number: int) -> None:
        self.current.device = number

    @property
    def streams(self) -> list[int]:
        return self.current.streams


class Current(threading.local):
    """Device and streams of a thread, as CUDA has them."""

    def __init__(self) -> None:
        self.device, self.streams = 0, [0, 0]


launching = threading.Lock()  # kernels of one thread at a time, as their stand-in shares memory
state = State()


def reset() -> None:
    """Forget everything; arrays that still exist, such as those of a sampler of an earlier test, are no longer counted."""
    blocks, tests = state.blocks, state.tests
    state.__init__()
    state.blocks, state.tests = blocks, tests + 1


def record_allocation(array: ndarray) -> None:
    state.allocations += 1
    size = array._host.nbytes
    if state.fail_at is not None and state.allocations >= state.fail_at:
        state.fail_at = None
        raise cuda.memory.OutOfMemoryError(f"Out of memory allocating {size:,} bytes (stand-in)")
    if state.limit and state.used_bytes + size > state.limit:
        raise cuda.memory.OutOfMemoryError(f"Out of memory allocating {size:,} bytes, limit {state.limit:,} (stand-in)")
    borrowed = state.allocator(size) if state.allocator else None  # lives as long as the array
    if borrowed is None:
        state.used_bytes += size
        state.peak_bytes = max(state.peak_bytes, state.used_bytes)
    address = array.data.ptr
    if size:
        state.blocks[address] = size
    weakref.finalize(array, record_free, address, size, borrowed, state.tests)


def record_free(address: int, size: int, borrowed: Any, test: int) -> None:
    if borrowed is None and test == state.tests:
        state.used_bytes -= size
    if size:
        state.blocks.pop(address, None)


def memory(address: int, size: int) -> np.ndarray:
    """Bytes at an address, which must lie inside one allocated array."""
    inside = [start for start, whole in state.blocks.items() if start <= address and address + size <= start + whole]
    assert inside, f"{size} bytes at {address} are not allocated"
    return np.frombuffer((ctypes.c_char * size).from_address(address), dtype=np.uint8)


# ---- arrays ---------------------------------------------------------------------------------------------------------


class ndarray:  # noqa: N801  CuPy's name
    """An array in memory that NumPy cannot reach by itself."""

    __array_ufunc__ = None  # NumPy leaves every operation to this class

    def __init__(self, host: np.ndarray, device: int | None = None, base: Any = None) -> None:
        self._host = host
        self._device = state.device if device is None else device
        self._base = base
        if base is None:
            record_allocation(self)

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    nbytes = property(lambda self: self._host.nbytes)
    itemsize = property(lambda self: self._host.itemsize)
    strides = property(lambda self: self._host.strides)
    flags = property(lambda self: self._host.flags)
    device = property(lambda self: cuda.Device(self._device))
    T = property(lambda self: view(self._host.T, self))
    mT = property(lambda self: view(self._host.mT, self))  # noqa: N815  NumPy's name

    @property
    def data(self) -> types.SimpleNamespace:
        state.addressed[self._host.ctypes.data] = self
        return types.SimpleNamespace(ptr=self._host.ctypes.data)

    def take(self, indices: ndarray, axis: int, out: ndarray) -> ndarray:
        np.take(self._host, indices._host, axis=axis, out=out._host)
        return out

    def get(self) -> np.ndarray:
        state.copies.append(self.shape)
        return self._host.copy()

    def item(self) -> Any:
        state.reads += 1
        return self._host.item()

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")

    def __dlpack__(self, **_: Any) -> Any:
        return np.asarray(Lent(self)).__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._host.__dlpack_device__()

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Iterator[ndarray]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __index__(self) -> int:
        return self.item().__index__()

    def __getitem__(self, key: Any) -> ndarray:
        found = np.asarray(self._host[host(key)])
        return view(found, self) if np.may_share_memory(found, self._host) else wrapped(found)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._host[host(key)] = host(value)

    def astype(self, dtype: Any, copy: bool = True) -> ndarray:
        return self if not copy and self.dtype == dtype else wrapped(host(self).astype(dtype))

    def copy(self) -> ndarray:
        return wrapped(host(self).copy())

    def view(self, dtype: Any = None) -> ndarray:
        return view(self._host.view() if dtype is None else self._host.view(dtype), self)

    def reshape(self, *shape: Any) -> ndarray:
        return Function(np.reshape)(self, shape[0] if isinstance(shape[0], tuple) else shape)

    def ravel(self) -> ndarray:
        return self.reshape(-1)

    def __repr__(self) -> str:
        return f"stand-in {self._host!r}"


def view(host: np.ndarray, base: ndarray) -> ndarray:
    return ndarray(host, base._device, base)


def host(value: Any) -> Any:
    """NumPy operands; operands that CuPy would refuse raise its errors."""
    if isinstance(value, ndarray):
        if value._device != state.device:
            raise ValueError(
                f"Array device must be same as the current device: array device = {value._device} while current = "
                f"{state.device}"
            )
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, tuple | list):
        return type(value)(map(host, value))
    return value


def wrapped(value: Any) -> Any:
    """Results as CuPy returns them: never a scalar."""
    if isinstance(value, tuple):
        return tuple(map(wrapped, value))
    return ndarray(np.asarray(value)) if isinstance(value, np.ndarray | np.generic) else value


class Lent:
    """Lends memory: a NumPy array made of it keeps our array alive."""

    def __init__(self, array: ndarray) -> None:
        self._array, self.__array_interface__ = array, array._host.__array_interface__


class Function:
    """A NumPy function on our arrays."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.__name__ = function.__name__
        with contextlib.suppress(ValueError, TypeError):  # array_api_compat looks for parameters
            import inspect

            self.__signature__ = inspect.signature(function)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        operands = [value for value in arguments if isinstance(value, ndarray)]
        result = self._function(*map(host, arguments), **{name: host(value) for name, value in options.items()})
        if isinstance(result, np.ndarray) and operands and np.may_share_memory(result, operands[0]._host):
            return view(result, operands[0])
        return wrapped(result)

    def at(self, target: ndarray, rows: ndarray, values: Any) -> None:
        if target.dtype == np.float64:
            raise TypeError(f"CuPy rounds the values of {self.__name__}.at to float32")
        self._function.at(host(target), host(rows), host(values))


def operator(name: str) -> Any:
    def operate(self: ndarray, *others: Any) -> Any:
        return wrapped(getattr(host(self), name)(*map(host, others)))

    return operate


def method(function: Function) -> Any:
    return lambda self, *arguments, **options: function(self, *arguments, **options)


for _name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split():  # noqa: SIM905
    for _form in (f"__{_name}__", f"__r{_name}__"):
        setattr(ndarray, _form, operator(_form))
for _name in "eq ne lt le gt ge neg pos invert abs".split():  # noqa: SIM905
    setattr(ndarray, f"__{_name}__", operator(f"__{_name}__"))
for _function in (np.all, np.any, np.clip, np.max, np.min, np.sum, np.mean, np.argmax, np.argmin):
    setattr(ndarray, _function.__name__, method(Function(_function)))
ndarray.__hash__ = None  # as CuPy's

FUNCTIONS = """
abs add all any arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort broadcast_arrays
broadcast_to ceil clip concatenate copysign cos count_nonzero cross cumprod cumsum diagonal divide empty empty_like equal exp
expand_dims eye flip floor floor_divide full full_like greater greater_equal invert isfinite isin isinf isnan left_shift less
less_equal linspace log log2 logical_and logical_not logical_or logical_xor matmul max maximum mean meshgrid min minimum moveaxis
multiply negative nonzero not_equal ones ones_like outer partition permute_dims power prod ravel remainder reshape
right_shift rint roll round searchsorted sign sort sqrt square squeeze stack std subtract sum swapaxes take take_along_axis
tensordot tile trace transpose tril triu trunc unique var where zeros zeros_like
""".split()  # noqa: SIM905
AS_THEY_ARE = """
bool_ broadcast_shapes complex64 complex128 complexfloating dtype e finfo float16 float32 float64 floating iinfo inf int8 int16
int32 int64 integer intp issubdtype nan newaxis number pi result_type signedinteger uint8 uint16 uint32 uint64 unsignedinteger
""".split()  # noqa: SIM905


def asarray(values: Any, dtype: Any = None, **_: Any) -> ndarray:
    """An array on the current device; one that is there already is returned as it is."""
    if isinstance(values, ndarray):
        if values._device != state.device:
            return ndarray(values._host.astype(values.dtype if dtype is None else dtype))
        return values if dtype is None else values.astype(dtype, copy=False)
    return ndarray(np.array(values, dtype=dtype))


def array(values: Any, dtype: Any = None, copy: bool = True, **_: Any) -> ndarray:
    there = asarray(values, dtype)
    return there.copy() if copy and there is values else there


def ascontiguousarray(values: ndarray, dtype: Any = None) -> ndarray:
    there = asarray(values, dtype)
    return there if there.flags.c_contiguous else wrapped(np.ascontiguousarray(host(there)))


def from_dlpack(values: Any) -> ndarray:
    """An array in the same memory."""
    return ndarray(np.from_dlpack(values), base=values)


def asnumpy(values: ndarray) -> np.ndarray:
    return values.get()


# ---- kernels --------------------------------------------------------------------------------------------------------


def as_argument(value: Any) -> Any:
    """A kernel's argument in host memory; a struct comes with the living arrays to which its addresses point."""
    if not isinstance(value, np.ndarray) or not value.dtype.names:
        return host(value)
    assert value.shape == (), "CuPy passes an array of one element by value"
    arrays = {}
    for name in value.dtype.names:
        if value.dtype[name] == np.uint64:
            address = int(value[name])
            assert not address or address in state.addressed, f"{name} is the address of no living array"
            arrays[name] = host(state.addressed[address]) if address else None
    return cuda_on_cpu.Struct(value, arrays)


class RawModule:
    """Kernels of a text; they write into the arrays in host memory."""

    def __init__(self, *, code: str, options: tuple[str, ...] = ()) -> None:
        if "--fmad=false" not in options:
            raise ValueError("the stand-in does not fuse products with sums by itself")
        self.code = code

    def get_function(self, name: str) -> Any:
        kernel = cuda_on_cpu.kernel(self.code, name)

        def launch(grid: tuple[int, ...], block: tuple[int, ...], arguments: tuple[Any, ...]) -> None:
            with launching:
                kernel(grid, block, tuple(map(as_argument, arguments)))
            state.launches.append(Launch(name, grid, block, state.device, state.streams[state.device]))

        return launch


# ---- devices, streams and memory ------------------------------------------------------------------------------------


class Device:
    attributes = {"MultiProcessorCount": 2}
    mem_info = (2**30, 2**31)
    compute_capability = "90"

    def __init__(self, number: Any = None) -> None:
        self.id = state.device if number is None else number.id if isinstance(number, Device) else int(number)
        self._before: list[int] = []

    def __enter__(self) -> Device:
        self._before.append(state.device)
        state.device = self.id
        return self

    def __exit__(self, *_: Any) -> None:
        state.device = self._before.pop()

    use = __enter__

    def synchronize(self) -> None:
        pass

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Device) and other.id == self.id

    def __hash__(self) -> int:
        return self.id

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"


class Stream:
    def __init__(self, ptr: int = 0) -> None:
        self.ptr = ptr

    def __enter__(self) -> Stream:
        self._before = state.streams[state.device]
        state.streams[state.device] = self.ptr
        return self

    def __exit__(self, *_: Any) -> None:
        state.streams[state.device] = self._before

    @classmethod
    def from_external(cls, stream: Any) -> Stream:
        version, handle = stream.__cuda_stream__()
        assert version == 0
        return cls(handle)

    def synchronize(self) -> None:
        pass


class MemoryPool:
    def used_bytes(self) -> int:
        return state.used_bytes

    def free_bytes(self) -> int:
        return 0

    def get_limit(self) -> int:
        return state.limit

    def free_all_blocks(self) -> None:
        pass


class OutOfMemoryError(MemoryError):
    pass


class Memory:
    pass


class PythonFunctionAllocator:
    """An allocator of two functions; the stand-in calls them, but its arrays do not lie in the memory that they return."""

    def __init__(self, malloc: Any, free: Any) -> None:
        self._malloc, self._free = malloc, free

    def malloc(self, size: int) -> Any:
        device = state.device
        memory = Memory()
        if size:
            weakref.finalize(memory, self._free, self._malloc(size, device), device)
        return memory


@contextlib.contextmanager
def using_allocator(allocator: Any) -> Iterator[None]:
    before, state.allocator = state.allocator, allocator
    try:
        yield
    finally:
        state.allocator = before


def module(name: str, **names: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    made.__dict__.update(names)
    return made


cuda = module(
    "cupy.cuda",
    Device=Device,
    Stream=Stream,
    MemoryPool=MemoryPool,
    PythonFunctionAllocator=PythonFunctionAllocator,
    using_allocator=using_allocator,
    is_available=lambda: state.available,
    get_current_stream=lambda: Stream(state.streams[state.device]),
    device=module("cupy.cuda.device", Device=Device),
    memory=module("cupy.cuda.memory", OutOfMemoryError=OutOfMemoryError),
    nvrtc=module("cupy.cuda.nvrtc", getVersion=lambda: (12, 9)),
    runtime=module(
        "cupy.cuda.runtime",
        getDeviceCount=lambda: 2 * state.available,
        driverGetVersion=lambda: 12090 * state.available,
    ),
)
cupy = module(
    "cupy",
    **{name: Function(getattr(np, name)) for name in FUNCTIONS},
    **{name: getattr(np, name) for name in AS_THEY_ARE},
    **{made.__name__: made for made in (ndarray, asarray, array, ascontiguousarray, asnumpy, from_dlpack, RawModule)},
    linalg=module("cupy.linalg", lstsq=Function(np.linalg.lstsq), eigh=Function(np.linalg.eigh)),
    fft=module("cupy.fft"),
    cuda=cuda,
    get_default_memory_pool=lambda: MemoryPool(),
    __version__="14.0 (stand-in)",
)
_MODULES = {
    "cupy": cupy,
    "cupy.linalg": cupy.linalg,
    "cupy.fft": cupy.fft,
    "cupy.cuda": cuda,
    "cupy.cuda.device": cuda.device,
    "cupy.cuda.memory": cuda.memory,
    "cupy.cuda.nvrtc": cuda.nvrtc,
    "cupy.cuda.runtime": cuda.runtime,
}


@contextlib.contextmanager
def installed() -> Iterator[types.ModuleType]:
    """Make `import cupy` return this module; compiled kernels and imports are forgotten afterwards."""
    from gpu_smotetomek import kernels

    def cupy_modules() -> list[str]:
        return [
            name for name in sys.modules if name.split(".")[0] == "cupy" or name.startswith("array_api_compat.cupy")
        ]

    before = {name: sys.modules.pop(name) for name in cupy_modules()}
    sys.modules.update(_MODULES)
    kernels._kernel.cache_clear()
    reset()
    try:
        yield cupy
    finally:
        for name in cupy_modules():
            del sys.modules[name]
        sys.modules.update(before)
        kernels._kernel.cache_clear()

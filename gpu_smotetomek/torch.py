"""Fresh resamples as mini-batches for PyTorch, which is imported here and nowhere at the import of the package."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, torch_interop
from gpu_smotetomek.samplers.prepared import PreparedResampler, check_seed
from gpu_smotetomek.typing import Labels

if TYPE_CHECKING:
    from torch.utils.data import IterableDataset

    Batches = IterableDataset[tuple[Any, Any]]
else:
    try:
        from torch.utils.data import IterableDataset as Batches
    except ModuleNotFoundError:
        Batches = object  # `ResampledDataset()` says what to install

__all__ = ["ResampledDataset"]

MAX_WORKERS = 1024  # of a loader; each has a place in shared memory


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return __all__


class ResampledDataset(Batches):  # type: ignore[misc, valid-type]
    """Shuffled mini-batches ``(X, y)`` of a table that is resampled anew in every epoch.

    It is an `IterableDataset` that yields whole batches: iterate over it, or give it to a ``DataLoader`` with
    ``batch_size=None``. Rows are permuted and gathered on the device of X. The batches of an epoch, one after another, are the
    rows of ``prepared.resample(seed, shuffle=True)``, where the seed is ``prepared.epoch_seed(random_state, epoch)``. y is a
    tensor as it came if it was given as a tensor, else the int64 codes of the classes, on the device of X.

    Each worker of a loader resamples the whole table and yields its share of the batches: with W workers, worker w yields batches
    w, w + W and so on. No batch comes twice, none is lost, and a loader returns them in the order that it has without workers.

    Parameters
    ----------
    prepared : PreparedResampler
        From ``sampler.prepare(X, y)``, where X is a torch tensor, a NumPy array or a CuPy array.
    batch_size : int, default=32
        Rows of a batch.
    random_state : int, default=0
        Seed of the whole run.
    drop_last : bool, default=False
        Whether a last batch of fewer rows is left out.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each class code.
    epoch : int
        Epoch of the next iteration.

    Raises
    ------
    ModuleNotFoundError
        If torch is not installed.
    TypeError
        If X is another container, such as a frame.
    ValueError
        If `batch_size` is no positive number, or `random_state` no seed.
    """

    def __init__(
        self,
        prepared: PreparedResampler[Any, Any],
        *,
        batch_size: int = 32,
        random_state: int = 0,
        drop_last: bool = False,
    ) -> None:
        try:
            import torch
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "ResampledDataset makes tensors of PyTorch, which is not installed: pip install torch", name="torch"
            ) from error
        if not isinstance(batch_size, Integral) or batch_size < 1:
            raise ValueError(f"batch_size={batch_size!r} is no number of rows: give an int from 1 on")
        if not isinstance(prepared, PreparedResampler):
            raise TypeError(
                f"ResampledDataset takes a prepared table, and got {type(prepared).__name__}: give, for example, "
                "SMOTETomek().prepare(X, y)"
            )
        check_container(prepared.container)
        self.prepared: PreparedResampler[Any, Any] = prepared
        self.batch_size: int = int(batch_size)
        self.random_state: int = check_seed(random_state)
        self.drop_last: bool = drop_last
        self.classes_: Labels = prepared.classes_
        # shared with the workers of a loader: the epoch, how often it was set, and for each worker the last of these settings
        self._shared: Any = torch.zeros(2 + MAX_WORKERS, dtype=torch.int64).share_memory_()

    @property
    def epoch(self) -> int:
        return int(self._shared[0])

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next iteration; the iterations after it count on, if there are no workers.

        With workers, call it before each epoch: no worker sees how many epochs there were.

        Parameters
        ----------
        epoch : int
            Number of the epoch, from 0.
        """
        self.prepared.epoch_seed(self.random_state, epoch)  # raises if it is none
        self._shared[0] = epoch
        self._shared[1] += 1

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Return the batches of the next epoch."""
        from torch.utils.data import get_worker_info

        worker = get_worker_info()
        epoch = self.epoch
        if worker is None:
            self._shared[0] += 1
            return self._generate(epoch, 0, 1)
        if worker.num_workers > MAX_WORKERS:
            raise ValueError(f"num_workers={worker.num_workers} is more than {MAX_WORKERS}: use fewer workers")
        place, n_set = 2 + worker.id, int(self._shared[1])
        is_new = int(self._shared[place]) != n_set
        self._shared[place] = n_set
        # a loader passes on what a worker raises while it yields, and not what it raises before
        return self._generate(epoch, worker.id, worker.num_workers) if is_new else self._raise_no_epoch()

    def _raise_no_epoch(self) -> Iterator[tuple[Any, Any]]:
        raise RuntimeError(
            "a worker of a loader cannot count epochs: call set_epoch(epoch) of the ResampledDataset before each epoch, or use "
            "num_workers=0"
        )
        yield

    def __len__(self) -> int:
        """Return the number of batches of an epoch, where it does not depend on the seed.

        Raises
        ------
        TypeError
            If the number of rows differs from epoch to epoch, as after cleaning.
        """
        n = self.prepared.n_samples_out
        if n is None:
            raise TypeError(
                "the number of batches differs from epoch to epoch, as cleaning removes other rows each time"
            )
        return self._count_batches(n)

    def _count_batches(self, n: int) -> int:
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def _generate(self, epoch: int, first: int, step: int) -> Iterator[tuple[Any, Any]]:
        import torch

        seed = self.prepared.epoch_seed(self.random_state, epoch)
        X, y, order = self.prepared.resample_in_order(seed, codes=not self.prepared.has_tensor_labels)
        X, y = to_tensor(X), to_tensor(y)
        y = y if self.prepared.has_tensor_labels else y.to(X.device)
        of_X, of_y = (torch.from_numpy(order).to(values.device) for values in (X, y))
        for batch in range(first, self._count_batches(len(order)), step):
            places = slice(batch * self.batch_size, (batch + 1) * self.batch_size)
            yield X[of_X[places]], y[of_y[places]]


def check_container(container: type) -> None:
    """Raise if a container is no array that becomes a tensor without a copy.

    Raises
    ------
    TypeError
        For frames, lists and sparse matrices.
    """
    if not (issubclass(container, np.ndarray) or container.__module__.partition(".")[0] in ("torch", "cupy")):
        raise TypeError(
            f"ResampledDataset yields tensors, and X is a {container.__name__}: give `prepare` a NumPy array (X.to_numpy(), "
            "X.toarray()), a torch tensor or a CuPy array"
        )


def to_tensor(values: Any) -> Any:
    """Return an array as a tensor on its device, without a copy."""
    import torch

    if isinstance(values, np.ndarray):
        return torch.from_numpy(values)
    return torch_interop.to_torch(values) if dispatch.is_cupy(values) else values

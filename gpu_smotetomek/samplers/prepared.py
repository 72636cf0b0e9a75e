"""A table that is resampled again and again, with another seed each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from gpu_smotetomek.arrays import dispatch, torch_interop
from gpu_smotetomek.containers import select_rows
from gpu_smotetomek.memo import Memo
from gpu_smotetomek.resampling import Batch, OutputRows, Provenance
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.dominant_feature import warn_of_dominant_feature
from gpu_smotetomek.samplers.known_steps import find_seeds, has_fixed_size, run_step
from gpu_smotetomek.samplers.one_call import ERROR_STATE
from gpu_smotetomek.samplers.restore import restore_labels, restore_rows
from gpu_smotetomek.samplers.settings import make_context
from gpu_smotetomek.typing import Integers, Labels

LARGEST_SEED = 2**32 - 1
SHUFFLE_KEY = 1  # of the stream of `shuffle`, apart from the draws of the samplers


class ResampledRows(NamedTuple):
    """Rows in the caller's container, with the batch and the list of its rows from which they come."""

    X: Any
    batch: Batch
    output: OutputRows


class PreparedResampler:
    """A sampler and a table: resamples the table with one seed after another.

    `Sampler.prepare` makes it. What depends on no seed is computed once: validation, class codes, the scale of the distances,
    neighbours of rows of the input, and what Tomek links need of these rows. Each `resample` draws and writes the synthetic rows
    and finds the links with them. Several threads may call one object at the same time, and it can be pickled if X can be.

    X and y are held, not copied; they must not be changed. What is kept beside them is stated in :doc:`/epochs`.

    Parameters
    ----------
    sampler : Sampler
        Its parameters hold, except for the seeds; it is not changed.
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
        As in `fit_resample`.
    y : array-like of shape (n_samples,)
        As in `fit_resample`.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        Sorted labels.
    device_ : str
        Device on which the work runs.
    n_features_in_ : int
        Number of features of X.
    container : type
        Type of the rows that `resample` returns.
    n_samples_out : int or None
        Number of rows of a result; None where it depends on the seed.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek import SMOTE
    >>> X, y = np.array([[0.0], [1.0], [5.0], [6.0], [7.0]]), [1, 1, 0, 0, 0]
    >>> prepared = SMOTE(k_neighbors=1).prepare(X, y)
    >>> for seed in range(3):
    ...     print(prepared.resample(seed)[0][5:])
    [[0.59284462]]
    [[0.00281519]]
    [[0.18508208]]
    """

    def __init__(self, sampler: Sampler, X: Any, y: Any) -> None:
        self._sampler: Sampler = clone(sampler)
        self._sampler._validate_params()
        self._seeds = find_seeds(self._sampler)
        with np.errstate(**ERROR_STATE), self._sampler._enter(X, y) as (table, target, batch, ctx):
            self._memo = Memo()
            self._memo.add(batch)
            self._table, self._target, self._batch = table, target, batch
            self._ctx_kinds = {
                "kind": ctx.kind,
                "caller_kind": ctx.caller_kind,
                "out_of_core_device": ctx.out_of_core_device,
            }
            self._has_tensor_labels = dispatch.is_torch(y)
            self._holder = table.matrix if ctx.views_torch else batch.X
        self.classes_: Labels = batch.classes
        self.device_: str = self._sampler.device_
        self.n_features_in_: int = self._sampler.n_features_in_
        first = self._resample_rows(0)
        warn_of_dominant_feature(self._sampler, batch, first.batch)
        self.container: type = type(first.X)
        self.n_samples_out = len(first.batch.codes) if has_fixed_size(self._sampler) else None

    def resample(self, random_state: int, *, shuffle: bool = False) -> tuple[Any, Any]:
        """Resample the table with a seed.

        Parameters
        ----------
        random_state : int
            The seed, from 0 to 2³² − 1. It replaces `random_state` of the sampler and of all its steps. Samplers that draw
            nothing, such as `TomekLinks`, use it for `shuffle` only.
        shuffle : bool, default=False
            Whether the rows come out in a random order, instead of original rows before synthetic ones. Row i of the result is
            then row ``numpy.random.default_rng((random_state, 1)).permutation(n)[i]`` of the result without `shuffle`, in X and
            in y.

        Returns
        -------
        X_resampled : same container as X
            The rows that `fit_resample` returns for this seed, bit for bit.
        y_resampled : same container as y
            The labels of these rows.

        Raises
        ------
        ValueError
            If the seed is not such a number.
        """
        rows = self._resample_rows(check_seed(random_state))
        X, y = rows.X, restore_labels(self._target, rows.batch, rows.output)
        if shuffle:
            order = shuffle_places(random_state, len(rows.batch.codes))
            with torch_interop.as_cupy(self._holder):
                X = select_rows(X, order)
            y = select_rows(y, order)
        return X, y

    def resample_with_provenance(self, random_state: int) -> tuple[Any, Any, Provenance]:
        """Resample the table with a seed, and say where each row comes from.

        Parameters
        ----------
        random_state : int
            As in `resample`.

        Returns
        -------
        X_resampled : same container as X
            As from `resample`.
        y_resampled : same container as y
            As from `resample`.
        provenance : Provenance
            The attribute `provenance_` of the sampler after `fit_resample`.

        Examples
        --------
        >>> from gpu_smotetomek import SMOTE
        >>> X, y = [[0.0], [1.0], [5.0], [6.0], [7.0]], [1, 1, 0, 0, 0]
        >>> prepared = SMOTE(k_neighbors=1).prepare(X, y)
        >>> _, _, provenance = prepared.resample_with_provenance(0)
        >>> provenance.extend(["a", "b", "c", "d", "e"])
        ['a', 'b', 'c', 'd', 'e', 'a']
        """
        rows = self._resample_rows(check_seed(random_state))
        y = restore_labels(self._target, rows.batch, rows.output)
        return rows.X, y, Provenance.from_batch(rows.batch)

    def epochs(self, random_state: int, *, shuffle: bool = False) -> Iterator[tuple[Any, Any]]:
        """Resample again and again, with the seeds ``epoch_seed(random_state, 0)``, ``epoch_seed(random_state, 1)`` and so on.

        Parameters
        ----------
        random_state : int
            The seed of the whole run, from 0 to 2³² − 1.
        shuffle : bool, default=False
            As in `resample`.

        Yields
        ------
        X_resampled : same container as X
            As from `resample`.
        y_resampled : same container as y
            As from `resample`.

        Examples
        --------
        >>> import numpy as np
        >>> from itertools import islice
        >>> from gpu_smotetomek import SMOTE
        >>> X, y = np.array([[0.0], [1.0], [5.0], [6.0], [7.0]]), [1, 1, 0, 0, 0]
        >>> prepared = SMOTE(k_neighbors=1).prepare(X, y)
        >>> [X_resampled[5].item() for X_resampled, _ in islice(prepared.epochs(0), 2)]
        [0.35266511862685423, 0.8100783555672013]
        >>> prepared.resample(prepared.epoch_seed(0, 1))[0][5].item()
        0.8100783555672013
        """
        check_seed(random_state)
        return self._generate(random_state, shuffle)

    def _generate(self, random_state: int, shuffle: bool) -> Iterator[tuple[Any, Any]]:
        epoch = 0
        while True:
            yield self.resample(self.epoch_seed(random_state, epoch), shuffle=shuffle)
            epoch += 1

    @staticmethod
    def epoch_seed(random_state: int, epoch: int) -> int:
        """Derive the seed of an epoch: ``numpy.random.SeedSequence(random_state, spawn_key=(epoch,)).generate_state(1)[0]``.

        Parameters
        ----------
        random_state : int
            The seed of the whole run, from 0 to 2³² − 1.
        epoch : int
            Number of the epoch, from 0.

        Returns
        -------
        int
            The seed for `resample`.

        Examples
        --------
        >>> from gpu_smotetomek.samplers import PreparedResampler
        >>> PreparedResampler.epoch_seed(0, 3)
        3685993406
        """
        check_seed(random_state)
        if not isinstance(epoch, Integral) or epoch < 0:
            raise ValueError(f"an epoch is a number from 0 on, got {epoch!r}")
        return int(np.random.SeedSequence(int(random_state), spawn_key=(int(epoch),)).generate_state(1)[0])

    @property
    def has_tensor_labels(self) -> bool:
        """Whether y is a torch tensor."""
        return self._has_tensor_labels

    def resample_in_order(self, random_state: int, *, codes: bool) -> tuple[Any, Any, Integers]:
        """The rows, the labels or class codes, and the order (n,) that `shuffle` would give them."""
        rows = self._resample_rows(check_seed(random_state))
        y = self._class_codes(rows) if codes else restore_labels(self._target, rows.batch, rows.output)
        return rows.X, y, shuffle_places(random_state, len(rows.batch.codes))

    def _class_codes(self, rows: ResampledRows) -> Integers:
        """The class codes of the result (n,), int64, on the host."""
        of_input = self._batch.codes[np.asarray(rows.output.of_input)]
        codes = np.concatenate([of_input, rows.batch.codes[rows.output.synthetic]]).astype(np.int64)
        return codes if rows.output.order is None else codes[rows.output.order]

    def _resample_rows(self, random_state: int) -> ResampledRows:
        sampler: Sampler = clone(self._sampler)
        fitted = {name: value for name, value in vars(self._sampler).items() if name.endswith("_")}
        sampler.__dict__.update(fitted)
        sampler.set_params(**dict.fromkeys(self._seeds, random_state))
        ctx = replace(make_context(sampler, self.device_), memo=self._memo, **self._ctx_kinds)
        sizes = self._batch.class_counts
        own = np.errstate(**ERROR_STATE), sampler._explain_memory_error(self._batch.X, sizes)
        with own[0], own[1], torch_interop.as_cupy(self._holder):
            batch = run_step(sampler._step_name, sampler, self._batch, ctx)
            output = OutputRows.from_batch(batch)
            return ResampledRows(restore_rows(self._table, batch, output, ctx), batch, output)


def check_seed(random_state: Any) -> int:
    """The seed as an int.

    Raises
    ------
    ValueError
        If it is none from 0 to 2³² − 1.
    """
    is_number = isinstance(random_state, Integral) and not isinstance(random_state, bool)
    if not is_number or not 0 <= random_state <= LARGEST_SEED:
        raise ValueError(
            f"random_state={random_state!r} is no seed: give an int from 0 to {LARGEST_SEED}, as each result belongs to one seed"
        )
    return int(random_state)


def shuffle_places(random_state: int, n: int) -> Integers:
    """The order (n,) in which `shuffle` returns the rows, on the host."""
    return np.random.default_rng((int(random_state), SHUFFLE_KEY)).permutation(n)

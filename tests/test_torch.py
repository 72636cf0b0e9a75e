"""`ResampledDataset`: shuffled mini-batches of fresh resamples, in one process and with workers of a loader."""

import numpy as np
import pytest
from support import array_libraries, datasets
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)
from gpu_smotetomek.torch import MAX_WORKERS, ResampledDataset

torch = optional("torch")
DataLoader = torch.utils.data.DataLoader


def make(sampler=None, *, n=300, **options):
    X, y = datasets.blobs(n, 3, 0.8, 0.2, dtype="f4")
    prepared = (sampler or SMOTETomek()).prepare(X, np.array(["no", "yes"])[y])
    return ResampledDataset(prepared, **{"batch_size": 32, "random_state": 5, **options})


def join(batches):
    batches = list(batches)
    return torch.cat([X for X, _ in batches]).numpy(), torch.cat([y for _, y in batches]).numpy()


def assert_batches_are(batches, expected):
    batches = list(batches)
    assert len(batches) == len(expected)
    for found, like in zip(batches, expected, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(found, like, strict=True))


def test_the_batches_of_an_epoch_are_the_shuffled_rows():
    dataset = make()
    for epoch in range(3):
        assert dataset.epoch == epoch
        X, y = dataset.prepared.resample(dataset.prepared.epoch_seed(5, epoch), shuffle=True)
        batches = list(dataset)
        assert [len(rows) for rows, _ in batches[:-1]] == [32] * (len(batches) - 1)
        assert 0 < len(batches[-1][0]) <= 32
        rows, codes = join(batches)
        np.testing.assert_array_equal(rows, X)
        assert rows.dtype == np.float32
        assert codes.dtype == np.int64
        np.testing.assert_array_equal(dataset.classes_[codes], y)


def test_epochs_can_be_chosen_again():
    dataset = make()
    epochs = [list(dataset) for _ in range(3)]
    assert not torch.equal(epochs[0][0][0], epochs[1][0][0])
    dataset.set_epoch(1)
    for epoch in (1, 2):
        assert_batches_are(dataset, epochs[epoch])
    assert dataset.epoch == 3
    with pytest.raises(ValueError, match="an epoch is a number from 0 on"):
        dataset.set_epoch(-1)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("num_workers", [0, 2])
def test_a_loader_returns_each_batch_once_and_in_order(num_workers, drop_last):
    dataset, expected = make(drop_last=drop_last), make(drop_last=drop_last)
    loader = DataLoader(dataset, batch_size=None, num_workers=num_workers)
    for epoch in range(2):
        dataset.set_epoch(epoch)
        assert_batches_are(loader, list(expected))


def test_workers_that_stay_see_the_epoch():
    dataset, expected = make(), make()
    loader = DataLoader(dataset, batch_size=None, num_workers=2, persistent_workers=True)
    for epoch in range(3):
        dataset.set_epoch(epoch)
        assert_batches_are(loader, list(expected))


@pytest.mark.parametrize("persistent", [False, True])
def test_workers_do_not_repeat_an_epoch_silently(persistent):
    with pytest.raises(RuntimeError, match="call set_epoch"):
        list(DataLoader(make(), batch_size=None, num_workers=2, persistent_workers=persistent))
    dataset = make()
    loader = DataLoader(dataset, batch_size=None, num_workers=2, persistent_workers=persistent)
    dataset.set_epoch(0)
    assert list(loader)
    with pytest.raises(RuntimeError, match="call set_epoch"):
        list(loader)


def test_drop_last_leaves_out_a_short_batch():
    whole, dropped = make(n=311), make(n=311, drop_last=True)
    batches = list(whole)
    assert len(batches[-1][0]) < 32
    assert_batches_are(dropped, batches[:-1])


@pytest.mark.parametrize(
    ("sampler", "is_fixed"),
    [
        (SMOTE(), True),
        (ADASYN(), True),
        (RandomOverSampler(), True),
        (TomekLinks(), True),
        (ResamplingPipeline([("u", RandomUnderSampler(sampling_strategy=0.5)), ("s", SMOTE())]), True),
        (SMOTETomek(), False),
        (SMOTEENN(), False),
        (ResamplingPipeline([("u", RandomUnderSampler(sampling_strategy=0.5)), ("t", TomekLinks())]), False),
    ],
)
def test_the_length_is_there_where_it_does_not_depend_on_the_seed(sampler, is_fixed):
    dataset = make(sampler)
    if not is_fixed:
        with pytest.raises(TypeError, match="the number of batches differs from epoch to epoch"):
            len(dataset)
        return
    for drop_last in (False, True):
        dataset.drop_last = drop_last
        assert [len(list(dataset)) for _ in range(3)] == [len(dataset)] * 3
        assert len(DataLoader(dataset, batch_size=None)) == len(dataset)


def test_tensors_keep_their_labels_and_dtypes():
    X, y = datasets.blobs(200, 3)
    rows, labels = torch.tensor(X).to(torch.bfloat16), torch.tensor(3 * y, dtype=torch.int16)
    dataset = ResampledDataset(SMOTE().prepare(rows, labels), batch_size=50)
    X_batch, y_batch = next(iter(dataset))
    assert (X_batch.dtype, y_batch.dtype) == (torch.bfloat16, torch.int16)
    assert set(join([(rows.float(), labels) for rows, labels in dataset])[1].tolist()) == {0, 3}


def test_rows_in_the_order_of_classes():
    """Edited neighbours return class after class, and an under-sampler the rows as they were drawn."""
    for sampler in (SMOTEENN(), ResamplingPipeline([("o", RandomOverSampler()), ("u", RandomUnderSampler())])):
        dataset = make(sampler)
        _, y = dataset.prepared.resample(dataset.prepared.epoch_seed(5, 0), shuffle=True)
        np.testing.assert_array_equal(dataset.classes_[join(dataset)[1]], y)


def test_other_containers_are_refused():
    X, y = datasets.blobs(100, 2)
    for rows in (X.tolist(), array_libraries.csr(X), optional("pandas").DataFrame(X, columns=list("ab"))):
        with pytest.raises(TypeError, match="yields tensors, and X is a"):
            ResampledDataset(SMOTE().prepare(rows, y))


def test_wrong_parameters():
    prepared = make().prepared
    for batch_size in (0, 1.5):
        with pytest.raises(ValueError, match=f"batch_size={batch_size} is no number of rows"):
            ResampledDataset(prepared, batch_size=batch_size)
    with pytest.raises(ValueError, match="is no seed"):
        ResampledDataset(prepared, random_state=-1)


def test_too_many_workers(monkeypatch):
    info = type("Info", (), {"id": 0, "num_workers": MAX_WORKERS + 1})
    monkeypatch.setattr(torch.utils.data, "get_worker_info", lambda: info)
    with pytest.raises(ValueError, match="is more than 1024"):
        iter(make())


def test_without_torch_the_error_says_what_to_install(fresh_python):
    code = """
import sys
class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, NoTorch())
from gpu_smotetomek import SMOTE
from gpu_smotetomek.torch import ResampledDataset
prepared = SMOTE(k_neighbors=1).prepare([[0.0], [1.0], [5.0], [6.0], [7.0]], [1, 1, 0, 0, 0])
try:
    ResampledDataset(prepared)
except ModuleNotFoundError as error:
    print(error)
"""
    assert fresh_python(code).strip().endswith("which is not installed: pip install torch")


def test_a_sampler_in_place_of_a_prepared_table_is_an_error():
    from gpu_smotetomek import SMOTETomek

    with pytest.raises(
        TypeError, match=r"takes a prepared table, and got SMOTETomek: give, for example, SMOTETomek\(\)\.prepare"
    ):
        ResampledDataset(SMOTETomek())

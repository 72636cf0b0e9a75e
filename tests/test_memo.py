"""`Memo`: one computation for each key, for known data only, in several threads and after pickling."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from time import sleep

from gpu_smotetomek.memo import Memo, recall_for


def count_calls(result=None):
    calls = []

    def compute():
        calls.append(1)
        sleep(0.01)
        return result

    return calls, compute


def test_known_data_are_objects_and_not_their_values():
    memo, known = Memo(), [1]
    memo.add([0])
    memo.add(known)
    assert memo.find(known) == 1
    assert memo.find([1]) is None
    assert memo.find_if(lambda data: data == [1]) is known
    assert memo.find_if(lambda data: data == [2]) is None


def test_a_key_is_computed_once_by_all_threads():
    memo = Memo()
    calls, compute = count_calls(7)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: memo.recall("key", compute), range(8))) == [7] * 8
    assert len(calls) == 1
    memo.recall("other", compute)
    assert len(calls) == 2


def test_a_result_of_none_is_a_result():
    memo = Memo()
    calls, compute = count_calls(None)
    assert [memo.recall("key", compute) for _ in range(2)] == [None, None]
    assert len(calls) == 1


def test_a_computation_may_need_another_one():
    memo = Memo()
    assert memo.recall("outer", lambda: memo.recall("inner", lambda: 1) + 1) == 2


def test_only_results_of_known_data_are_kept():
    memo, known, other = Memo(), [1], [1]
    memo.add(known)
    for data, of in ((known, memo), (other, memo), (known, None)):
        calls, compute = count_calls(data is known and of is memo)
        for _ in range(3):
            recall_for(of, data, lambda: ("key",), compute)
        assert len(calls) == (1 if data is known and of is memo else 3)
    assert recall_for(memo, known, lambda: ("key",), lambda: None) is True
    memo.add(other)
    assert recall_for(memo, other, lambda: ("key",), lambda: "of other data") == "of other data"


def test_pickles():
    memo = Memo()
    memo.add([1])
    memo.recall("key", lambda: 3)
    copy = pickle.loads(pickle.dumps(memo))
    assert copy.recall("key", lambda: 4) == 3
    assert copy.find_if(lambda data: data == [1]) == [1]

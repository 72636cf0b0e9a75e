"""The meaning of sampling_strategy: imbalanced-learn's, or a better one that is documented."""

import re
from collections import Counter, OrderedDict
from types import MappingProxyType

import numpy as np
import pytest
from support.optional import optional

from gpu_smotetomek.samplers.sampling_strategy import resolve_cleaning, resolve_oversampling
from gpu_smotetomek.samplers.undersampling_strategy import resolve_undersampling


def labels(**sizes):
    return np.repeat(list(sizes), list(sizes.values()))


BINARY = np.repeat([0, 1], [40, 10])
TARGETS = {
    "binary": BINARY,
    "binary, the rare class first": np.repeat([0, 1], [10, 40]),
    "balanced": np.repeat([0, 1], [20, 20]),
    "text": labels(common=30, rare=4),
    "three classes": np.repeat([3, 1, 2], [30, 5, 12]),
    "two largest": np.repeat([3, 1, 2], [30, 30, 12]),
    "two smallest": np.repeat([3, 1, 2], [30, 12, 12]),
    "booleans": np.repeat([True, False], [5, 9]),
    "floats": np.repeat([0.0, 2.0], [5, 9]),
    "objects": labels(b=7, a=3, c=5).astype(object),
}


@pytest.fixture(params=TARGETS)
def y(request):
    return np.random.default_rng(0).permutation(TARGETS[request.param])


class TestAsImbalancedLearn:
    @pytest.fixture
    def theirs(self):
        return optional("imblearn.utils").check_sampling_strategy

    @pytest.mark.parametrize("name", ["auto", "minority", "not minority", "not majority", "all"])
    def test_names_for_oversampling(self, theirs, y, name):
        assert resolve_oversampling(name, y) == theirs(name, y, "over-sampling")

    @pytest.mark.parametrize("name", ["auto", "majority", "not minority", "not majority", "all"])
    def test_names_for_cleaning(self, theirs, y, name):
        assert resolve_cleaning(name, y) == theirs(name, y, "clean-sampling")

    @pytest.mark.parametrize("ratio", [0.5, 0.75, 1, 1.0, True])
    def test_share(self, theirs, ratio):
        assert resolve_oversampling(ratio, BINARY) == theirs(ratio, BINARY, "over-sampling")

    @pytest.mark.parametrize("totals", [{}, {1: 10}, {0: 40, 1: 25}, OrderedDict([(1, 30), (0, 41)])])
    def test_totals(self, theirs, totals):
        ours = resolve_oversampling(totals, BINARY)
        assert list(ours.items()) == list(theirs(totals, BINARY, "over-sampling").items())
        assert resolve_oversampling(lambda y: dict.fromkeys(np.unique(y), 40), BINARY) == {0: 0, 1: 30}

    @pytest.mark.parametrize("chosen", [[], [1], [1, 0]])
    def test_list_of_labels(self, theirs, chosen):
        assert list(resolve_cleaning(chosen, BINARY).items()) == list(theirs(chosen, BINARY, "clean-sampling").items())

    @pytest.mark.parametrize(
        ("kind", "strategy", "y"),
        [
            ("over", "auto", np.zeros(5)),
            ("over", {5: 50}, BINARY),
            ("over", {1: -3}, BINARY),
            ("over", {1: 5}, BINARY),
            ("over", 0.5, TARGETS["three classes"]),
            ("over", 0.25, BINARY),
            ("over", 0.1, BINARY),
            ("over", 1.5, BINARY),
            ("over", "majority", BINARY),
            ("over", [1], BINARY),
            ("clean", "auto", np.zeros(5)),
            ("clean", "minority", BINARY),
            ("clean", {1: 5}, BINARY),
            ("clean", [7], BINARY),
            ("clean", 0.0, BINARY),
            ("clean", 0.5, BINARY),
        ],
    )
    def test_errors_start_with_its_words(self, theirs, kind, strategy, y):
        ours = {"over": resolve_oversampling, "clean": resolve_cleaning}[kind]
        with pytest.raises(ValueError) as expected:  # noqa: PT011  the message is what is compared
            theirs(strategy, y, f"{kind}-sampling")
        words = str(expected.value).replace("methods do let", "methods do not let")  # their sentence lacks the word
        with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
            ours(strategy, y)


def test_result_has_the_labels_of_y_in_order(y):
    result = resolve_oversampling(dict.fromkeys(np.unique(y).tolist(), y.size), y)
    expected = np.unique(y)
    assert isinstance(result, OrderedDict)
    assert list(result) == list(expected)
    assert {type(label) for label in result} == {type(label) for label in expected}
    assert all(type(count) is int for count in result.values())


class TestShare:
    def test_is_rounded_where_it_means_an_integer(self):
        y = np.repeat([0, 1], [100, 10])
        assert int(100 * 0.29) == 28  # what a plain cut makes of it
        assert resolve_oversampling(0.29, y) == {1: 19}

    def test_is_cut_otherwise(self):
        assert resolve_oversampling(0.299, np.repeat([0, 1], [100, 10])) == {1: 19}
        assert resolve_oversampling(0.999, np.repeat([0, 1], [999, 10])) == {1: 998 - 10}

    def test_every_hundredth(self):
        y = np.repeat([0, 1], [100, 1])
        assert [resolve_oversampling(percent / 100, y)[1] for percent in range(2, 101)] == list(range(1, 100))

    @pytest.mark.parametrize("ratio", [float("nan"), -0.5, 0.0, 1.0000001])
    @pytest.mark.parametrize("resolve", [resolve_oversampling, resolve_cleaning])
    def test_out_of_range(self, resolve, ratio):
        with pytest.raises(ValueError, match=rf"in the range \(0, 1\]. Got {ratio} instead"):
            resolve(ratio, BINARY)

    def test_balanced_classes_leave_nothing_to_add(self):
        with pytest.raises(ValueError, match="Please increase the ratio"):
            resolve_oversampling(1.0, TARGETS["balanced"])


class TestTotals:
    @pytest.mark.parametrize("kind", [dict, MappingProxyType, Counter])
    def test_any_mapping(self, kind):
        assert resolve_oversampling(kind({1: 25}), BINARY) == {1: 15}

    def test_numpy_integers(self):
        assert resolve_oversampling({np.int8(1): np.int64(25)}, BINARY) == {1: 15}

    @pytest.mark.parametrize("total", [25.0, "25", None])
    def test_counts_are_integers(self, total):
        with pytest.raises(TypeError, match=re.escape(f"give class 1 an integer total, got {total!r} (")):
            resolve_oversampling({1: total}, BINARY)

    def test_unknown_labels_are_named(self):
        with pytest.raises(ValueError, match=r"The \{'rarest'\} target class is/are not present"):
            resolve_oversampling({"rare": 10, "rarest": 3}, labels(common=30, rare=4))

    def test_callable_is_given_y(self):
        seen = []
        assert resolve_oversampling(lambda y: seen.append(y) or {1: 12}, BINARY) == {1: 2}
        assert seen[0] is BINARY

    def test_callable_must_return_a_mapping(self):
        with pytest.raises(TypeError, match=r"must return a mapping from label to total, got \[1\] \(list\)"):
            resolve_oversampling(lambda _: [1], BINARY)


class TestCallableForCleaning:
    @pytest.mark.parametrize("answer", [[1], {1: 5}, np.array([1]), (1,), {1}])
    def test_names_the_classes(self, answer):
        assert resolve_cleaning(lambda _: answer, BINARY) == {1: 10}

    def test_unknown_label(self):
        with pytest.raises(ValueError, match=r"The \{7\} target class is/are not present in the data"):
            resolve_cleaning(lambda _: [7, 1], BINARY)

    def test_negative_rows(self):
        with pytest.raises(ValueError, match="cannot be negative"):
            resolve_cleaning(lambda _: {1: -5}, BINARY)

    @pytest.mark.parametrize("answer", ["majority", None, 3])
    def test_other_answers(self, answer):
        with pytest.raises(TypeError, match=rf"a list of labels, or a callable that returns one, got {answer!r} "):
            resolve_cleaning(lambda _: answer, BINARY)


class TestNamesAfterBalancing:
    """A balanced y has no majority; the counts from before over-sampling decide."""

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("majority", [1]), ("auto", [1]), ("not minority", [1]), ("not majority", [0]), ("all", [0, 1])],
    )
    def test_binary(self, name, expected):
        balanced = TARGETS["balanced"]
        assert list(resolve_cleaning(name, balanced, counts=OrderedDict({0: 5, 1: 20}))) == expected

    def test_without_counts_the_first_label_wins_both_ties(self):
        assert list(resolve_cleaning("majority", TARGETS["balanced"])) == [0]
        assert list(resolve_cleaning("not minority", TARGETS["balanced"])) == [1]

    @pytest.mark.parametrize("name", ["majority", "auto", "not minority", "not majority", "all"])
    def test_equal_counts_mean_all_classes(self, name):
        y = np.repeat([0, 1, 2], [9, 8, 7])
        assert resolve_cleaning(name, y, counts=OrderedDict({0: 9, 1: 9, 2: 9})) == {0: 7, 1: 7, 2: 7}

    def test_some_equal_counts_go_to_the_first_label(self):
        y = np.repeat([0, 1, 2], [9, 9, 9])
        counts = {2: 9, 1: 9, 0: 3}
        assert list(resolve_cleaning("majority", y, counts=counts)) == [1]
        assert list(resolve_cleaning("not majority", y, counts=counts)) == [0, 2]

    def test_a_list_needs_no_counts(self):
        assert list(resolve_cleaning([0], TARGETS["balanced"], counts={0: 5, 1: 20})) == [0]

    def test_a_class_that_is_gone_is_left_out(self):
        assert list(resolve_cleaning("all", BINARY, counts={0: 40, 1: 10, 2: 3})) == [0, 1]


class TestErrors:
    @pytest.mark.parametrize("resolve", [resolve_oversampling, resolve_cleaning])
    def test_one_class(self, resolve):
        with pytest.raises(ValueError, match=r"The target 'y' needs to have more than 1 class. Got 1 class instead"):
            resolve("auto", np.zeros(3, int))
        with pytest.raises(ValueError, match="Got 0 class instead"):
            resolve("auto", np.zeros(0, object))

    @pytest.mark.parametrize(
        ("resolve", "names"),
        [(resolve_oversampling, "'minority', 'not majority'"), (resolve_cleaning, "'majority', 'not majority'")],
    )
    def test_unknown_name(self, resolve, names):
        with pytest.raises(ValueError, match=rf"needs to be one of \['all', 'auto', {names}.*Got 'larger' instead"):
            resolve("larger", BINARY)

    def test_other_kinds(self):
        with pytest.raises(TypeError, match=r"must be a str, float, mapping or callable, got None \(NoneType\)"):
            resolve_oversampling(None, BINARY)
        with pytest.raises(TypeError, match=r"must be a str, a list of labels, or a callable.*got None \(NoneType\)"):
            resolve_cleaning(None, BINARY)

    def test_ratio_for_cleaning_says_what_to_give(self):
        with pytest.raises(ValueError, match="give the classes that may lose rows, as a name"):
            resolve_cleaning(0.5, BINARY)


class CountedMapping(OrderedDict):
    """Counts of classes that count how often all of them are read."""

    passes = 0

    def values(self):
        type(self).passes += 1
        return super().values()


@pytest.mark.parametrize("strategy", ["auto", "all"])
@pytest.mark.parametrize("resolve", [resolve_oversampling, resolve_cleaning, resolve_undersampling])
def test_many_classes_are_read_a_fixed_number_of_times(resolve, strategy):
    CountedMapping.passes = 0
    counts = CountedMapping((label, 5 + label % 3) for label in range(500))
    resolve(strategy, np.arange(500), present=counts)
    assert CountedMapping.passes <= 3

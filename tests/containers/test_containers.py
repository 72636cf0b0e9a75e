"""All containers: arrays need no other library, and results come in the containers of imbalanced-learn's."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
from support.optional import optional

from gpu_smotetomek.containers import enter_X, enter_y


def test_no_other_library_is_needed_for_arrays():
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['pandas', 'polars', 'pyarrow', 'faiss']));"
        "import numpy as np; from gpu_smotetomek.containers import enter_X, enter_y;"
        "enter_X(np.eye(2)); enter_X([[1, 2]]); enter_X(((1, 2),)); enter_y([0, 1]); enter_y((0, 1));"
        "print('done')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "done"


@pytest.mark.parametrize("kind", ["list", "array", "csr_matrix", "csc_array", "DataFrame"])
def test_same_containers_as_imbalanced_learn(kind):
    over = optional("imblearn.over_sampling")
    values = np.random.default_rng(0).normal(size=(30, 3)).astype("f4")
    y = np.repeat(["a", "b"], [20, 10])
    makers = {"list": np.ndarray.tolist, "array": np.array, "DataFrame": lambda X: optional("pandas").DataFrame(X)}
    X = makers[kind](values) if kind in makers else getattr(scipy.sparse, kind)(values)
    X_expected, y_expected = over.SMOTE(random_state=0).fit_resample(X, y)
    table, target = enter_X(X), enter_y(y)
    new = enter_X(X_expected).matrix[30:]
    restored = table.restore(np.arange(30), new)
    assert type(restored) is type(X_expected)
    if scipy.sparse.issparse(restored):
        restored, X_expected = restored.toarray(), X_expected.toarray()
    np.testing.assert_array_equal(np.asarray(restored), np.asarray(X_expected))
    assert np.asarray(restored).dtype == np.asarray(X_expected).dtype
    np.testing.assert_array_equal(target.restore(np.arange(30), np.repeat("b", 10)), y_expected)

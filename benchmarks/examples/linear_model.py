"""Fit a linear model in CuPy on a fold that is resampled on the GPU; without a GPU, the same code runs in NumPy.

python -m benchmarks.examples.linear_model
"""

import numpy as np
from sklearn.datasets import make_moons
from sklearn.metrics import average_precision_score, recall_score
from sklearn.model_selection import train_test_split

from gpu_smotetomek import SMOTETomek

try:
    import cupy as xp

    if not xp.cuda.is_available():
        raise ImportError("no GPU that CuPy can use")
    host = xp.asnumpy
except ImportError as error:
    print(f"NumPy on the CPU instead of CuPy: {error}")
    xp, host = np, np.asarray


def compute_logits(X, weights):
    """Compute the logits of a logistic regression with products of features and a constant."""
    return (
        xp.stack([X[:, 0], X[:, 1], X[:, 0] * X[:, 1], X[:, 0] ** 2, X[:, 0] ** 3, xp.ones(len(X))], axis=1) @ weights
    )


def train(X, y, steps=2000, rate=0.5):
    """Fit the weights by gradient descent, on the device of X."""
    weights, features = xp.zeros(6), compute_logits(X, xp.eye(6))
    for _ in range(steps):
        chance = 1 / (1 + xp.exp(-features @ weights))
        weights -= rate * (features.T @ (chance - y)) / len(y)
    return weights


def main():
    """Compare a fit on the original fold with a fit on the resampled fold; the test fold is never resampled."""
    X, y = make_moons((2000, 200), noise=0.3, random_state=0)
    X, X_test, y, y_test = (xp.asarray(part) for part in train_test_split(X, y, stratify=y, random_state=0))
    sampler = SMOTETomek(random_state=0)
    X_balanced, y_balanced = sampler.fit_resample(X, y)
    print(
        f"{len(X)} rows become {len(X_balanced)}, {type(X_balanced).__module__} arrays; searched on {sampler.device_!r}"
    )
    for name, rows, classes in (("as it is: ", X, y), ("resampled:", X_balanced, y_balanced)):
        found = host(compute_logits(X_test, train(rows, classes)))
        recall, precision = recall_score(host(y_test), found > 0), average_precision_score(host(y_test), found)
        print(f"{name} recall {recall:.2f}, average precision {precision:.2f}")


if __name__ == "__main__":
    main()

"""Train a small PyTorch network on a fold that is resampled on its device: the GPU if there is one, else the CPU.

python -m benchmarks.examples.pytorch
"""

import torch
from sklearn.datasets import make_moons
from sklearn.metrics import average_precision_score, recall_score
from sklearn.model_selection import train_test_split

from gpu_smotetomek import SMOTETomek


def train(X: torch.Tensor, y: torch.Tensor, steps: int = 150) -> torch.nn.Module:
    """Train a network with one hidden layer; each step uses all rows."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(X.shape[1], 32), torch.nn.ReLU(), torch.nn.Linear(32, 1)).to(X.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(network(X)[:, 0], y.to(X.dtype)).backward()
        optimizer.step()
    return network


def format_scores(network: torch.nn.Module, X: torch.Tensor, y: torch.Tensor) -> str:
    """Format the recall at the threshold ½ and the average precision of the rare class."""
    with torch.no_grad():
        logits = network(X)[:, 0].cpu()
    recall, precision = recall_score(y.cpu(), logits > 0), average_precision_score(y.cpu(), logits)
    return f"recall {recall:.2f}, average precision {precision:.2f}"


def main() -> None:
    """Compare training on the original fold with training on the resampled fold; the test fold is never resampled."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    X, y = make_moons((2000, 200), noise=0.3, random_state=0)
    X_train, X_test, y_train, y_test = (
        torch.as_tensor(part, device=device)
        for part in train_test_split(X.astype("float32"), y, stratify=y, random_state=0)
    )
    sampler = SMOTETomek(random_state=0)
    X_balanced, y_balanced = sampler.fit_resample(X_train, y_train)
    print(
        f"{len(X_train)} rows become {len(X_balanced)}, tensors on {X_balanced.device}; searched on {sampler.device_!r}"
    )
    print("as it is: ", format_scores(train(X_train, y_train), X_test, y_test))
    print("resampled:", format_scores(train(X_balanced, y_balanced), X_test, y_test))


if __name__ == "__main__":
    main()

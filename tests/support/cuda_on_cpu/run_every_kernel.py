"""Runs every kernel under the address sanitizer; the argument `overrun` makes one of them leave its array."""

import sys
from typing import Any

import numpy as np
from numpy import float32, float64, int32, int64, uint8
from support import cuda_on_cpu
from support.cuda_on_cpu import Struct

from gpu_smotetomek.kernels import MODULES, source

SANITIZER_FLAGS = ("-fsanitize=address", "-O1", "-g1")
started: set[str] = set()


def launch(module: str, name: str, grid: tuple[int, ...], block: tuple[int, ...], *arguments: Any) -> None:
    started.add(name)
    cuda_on_cpu.kernel(source(module), name, SANITIZER_FLAGS)(grid, block, arguments)


class Packed:
    """Rows in the packed layout, with their boxes."""

    def __init__(self, X: np.ndarray, rows_per_box: int) -> None:
        (n, self.d), self.rows_per_box = X.shape, rows_per_box
        self.count, self.module = -(-n // 128), f"tensor_core_filter:{-(-self.d // 16)}"
        self.packed, self.sq_norms = np.empty((self.count, self.d, 128), float32), np.empty(self.count * 128, float32)
        sizes = int64(n), int32(self.d)
        launch("search", "pack_rows", (self.count,), (128,), X, None, *sizes, self.packed, self.sq_norms)
        boxes = self.count * 128 // rows_per_box
        self.boxes = tuple(np.empty((-(-boxes // 32), self.d, 32), float32) for _ in range(2))
        sizes, grid = (int64(boxes), int32(rows_per_box), int32(self.d)), (-(-boxes // 128), self.d)
        launch("search", "compute_boxes", grid, (128,), self.packed, self.sq_norms, *sizes, *self.boxes)

    def fragments(self, width: int) -> np.ndarray:
        words = width * (-(-self.d // 16) * 8 + 1)
        out = np.empty(self.count * 128 // width * words, int32)
        arguments = self.packed, self.sq_norms, int32(width), int32(self.d), out
        launch(self.module, "pack_fp16", (self.count,), (256,), *arguments)
        return out


def search(m: int, n: int, d: int, k: int) -> None:
    rng = np.random.default_rng(0)
    rows, queries = (Packed(rng.normal(size=(size, d)).astype(float32), width) for size, width in ((n, 128), (m, 16)))
    parts, warps, sizes = -(-rows.count // 32), 8 * queries.count, (int32(rows.count), int32(32))
    seeds = np.empty(parts * warps, int32)
    launch("search", "choose_seeds", (warps, parts), (32,), *queries.boxes, *rows.boxes, *sizes, int32(d), seeds)

    def struct(sq_norms: np.ndarray, query_sq_norms: np.ndarray) -> Struct:
        low, high = rows.boxes
        query_low, query_high = queries.boxes
        return Struct.of(
            packed=rows.packed, sq_norms=sq_norms, low=low, high=high, tiles=sizes[0], tiles_per_part=sizes[1],
            queries=queries.packed, query_sq_norms=query_sq_norms, query_low=query_low, query_high=query_high,
            query_order=None, radius=None, seeds=seeds, d=int32(d), k=int32(k),
        )  # fmt: skip

    def lists() -> tuple[np.ndarray, np.ndarray]:
        return np.empty((parts, queries.count * 128, k), float32), np.empty((parts, queries.count * 128, k), int32)

    grid, found, filtered, abandoned = (queries.count, parts), lists(), lists(), np.empty(parts * queries.count, uint8)
    by_products = struct(rows.sq_norms, queries.sq_norms)
    launch("search", "nearest_by_products", grid, (256,), by_products, *found, None, None)
    fragments = rows.fragments(8), queries.fragments(16)
    launch(rows.module, "nearest_filtered", grid, (256,), by_products, *filtered, None, abandoned, *fragments)
    assert abandoned.all() or (filtered[0] == found[0]).all()
    zeros = (np.where(np.isinf(side.sq_norms), side.sq_norms, float32(0)) for side in (rows, queries))
    launch("search", "nearest_by_differences", grid, (256,), struct(*zeros), *lists(), None)
    merged = np.empty((m, k), float32), np.empty((m, k), int64)
    sizes = int32(parts), int64(queries.count * 128), int32(k), int64(m)
    launch("search", "merge_parts", (-(-m // 128),), (128,), *found, *sizes, None, None, *merged)
    assert np.isfinite(merged[0]).all()


def scaled(X: np.ndarray) -> Struct:
    sizes = {"is_float64": int32(X.dtype == float64), "d": int32(X.shape[1])}
    return Struct.of(X=X, **sizes, scale=float64(1), scale2=float64(1), ignored=None)


def float64_kernels() -> None:
    X = np.random.default_rng(0).normal(size=(5, 17))
    first, second, m, lists = (
        np.arange(5),
        np.arange(10).reshape(5, 2) % 5,
        int64(5),
        (np.empty((5, 2)), np.empty((5, 2), int64)),
    )
    launch("float64", "pair_sq_distances", (1,), (256,), scaled(X), first, second, m, int64(2), np.empty((5, 2)))
    launch("float64", "tile_sq_distances", (1, 1), (16, 16), scaled(X), first, first, m, m, np.empty((5, 5)))
    sizes = int32(5), int32(256), int32(2)
    launch("float64", "topk_by_part", (1, 1), (256,), scaled(X), first, m, first, *sizes, *lists)
    launch("float64", "rerank", (1,), (256,), scaled(X), first, m, second, int32(2), int32(2), *lists)
    launch("float64", "scatter_min", (1,), (256,), np.full(5, np.inf), first, np.ones(5), m)
    ends = first, first[::-1].copy(), np.ones(5)
    launch("float64", "interpolate", (1,), (256,), X, int32(1), int32(17), *ends, m, np.empty((5, 17)))


def project(d: int, r: int, has_axes: bool) -> None:
    X = np.random.default_rng(0).normal(size=(9, d)).astype(float32)
    axes = np.random.default_rng(1).normal(size=(d, r)) if has_axes else None
    inputs = np.arange(9), int64(9), np.zeros(d), float64(1), float64(1), axes, int32(r), float64(1e9), int32(1)
    out = np.empty((9, r), float32), np.zeros(9, uint8), np.zeros(1, int32), np.empty(9)
    launch("float64", "project", (2, 2), (256,), scaled(X), *inputs, *out)


def kd_order(n: int, width: int, levels: int) -> None:
    X, order = np.random.default_rng(0).normal(size=(n, 3)).astype(float32), np.arange(2 * width)
    matrix, keys = (X, int64(n), int32(3)), np.empty(2 * width, int64)
    sizes, grid = (int32(1), int64(2 * width)), (-(-2 * width // 256),)
    launch("kd_order", "compute_node_keys", grid, (256,), *matrix, int32(2), order, *sizes, keys)
    features = np.uint64(1 << 16), np.uint64(2)
    launch("kd_order", "kd_order_block", (2,), (256,), *matrix, order, int32(width), int32(levels), *features)


def main() -> None:
    for sizes in [(1, 1, 1, 1), (129, 130, 9, 16), (20, 130, 40, 3)]:
        search(*sizes)
    float64_kernels()
    for shape in [(17, 3, True), (17, 17, False), (70, 70, True), (70, 40, False)]:
        project(*shape)
    for sizes in [(5, 8, 1), (4000, 4096, 5)]:
        kd_order(*sizes)
    missed = {name for module in MODULES for name in cuda_on_cpu.KERNEL.findall(source(module))} - started
    print("missed", *missed) if missed else print("clean", flush=True)
    if "overrun" in sys.argv:
        short, rest = np.empty(60, float32), (None, int64(3), int32(1))
        launch("search", "pack_rows", (1,), (128,), np.ones((3, 1), float32), *rest, short, np.empty(128, float32))


if __name__ == "__main__":
    main()

"""Exact neighbour search over interchangeable backends: they propose, float64 decides."""

from gpu_smotetomek.neighbors.backends.registry import BACKENDS, available, register
from gpu_smotetomek.neighbors.scaled_rows import Space
from gpu_smotetomek.neighbors.selection import Engine

__all__ = ["BACKENDS", "Engine", "Space", "available", "register"]

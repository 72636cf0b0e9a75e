"""Exact neighbour search over interchangeable backends: they propose, float64 decides."""

from gpu_smotetomek.neighbors.backends.registry import BACKENDS, available, register
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.neighbors.selection import SearchSelector

__all__ = ["BACKENDS", "Backend", "ScaledRows", "SearchSelector", "available", "register"]

"""Exact neighbour search over interchangeable backends: they propose, float64 decides."""

from gpu_smotetomek.neighbors.engine import Engine
from gpu_smotetomek.neighbors.registry import BACKENDS, available, register
from gpu_smotetomek.neighbors.space import Space

__all__ = ["BACKENDS", "Engine", "Space", "available", "register"]

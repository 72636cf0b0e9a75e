"""SMOTE and Tomek links: exact, fast, and in place."""

from gpu_smotetomek.errors import BackendUnavailable, DeviceUnavailable
from gpu_smotetomek.pipeline import ResamplingPipeline, SMOTETomek
from gpu_smotetomek.samplers import SMOTE, TomekLinks, tomek_links

__version__ = "0.1.0"

__all__ = [
    "SMOTE",
    "BackendUnavailable",
    "DeviceUnavailable",
    "ResamplingPipeline",
    "SMOTETomek",
    "TomekLinks",
    "tomek_links",
]

"""scikit-learn estimators: parameters, wiring and fitted attributes; the work is done in `resampling`."""

from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.settings import Call
from gpu_smotetomek.samplers.smote import SMOTE
from gpu_smotetomek.samplers.tomek import TomekLinks, tomek_links

__all__ = ["SMOTE", "Call", "Sampler", "TomekLinks", "tomek_links"]

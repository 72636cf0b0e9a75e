"""scikit-learn estimators: parameters, wiring and fitted attributes; `resampling` does the work."""

from gpu_smotetomek.samplers.adasyn import ADASYN
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.borderline_smote import BorderlineSMOTE
from gpu_smotetomek.samplers.edited_nearest_neighbours import EditedNearestNeighbours
from gpu_smotetomek.samplers.frame_resampling import resample
from gpu_smotetomek.samplers.link_explanation import explain_link
from gpu_smotetomek.samplers.pipeline import ResamplingPipeline
from gpu_smotetomek.samplers.prepared import PreparedResampler
from gpu_smotetomek.samplers.random_over_sampler import RandomOverSampler
from gpu_smotetomek.samplers.random_under_sampler import RandomUnderSampler
from gpu_smotetomek.samplers.smote import SMOTE
from gpu_smotetomek.samplers.smote_enn import SMOTEENN
from gpu_smotetomek.samplers.smote_tomek import SMOTETomek
from gpu_smotetomek.samplers.smotenc import SMOTENC
from gpu_smotetomek.samplers.svm_smote import SVMSMOTE
from gpu_smotetomek.samplers.tomek import TomekLinks, tomek_links

__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTEENN",
    "SMOTENC",
    "SVMSMOTE",
    "BorderlineSMOTE",
    "EditedNearestNeighbours",
    "PreparedResampler",
    "RandomOverSampler",
    "RandomUnderSampler",
    "ResamplingPipeline",
    "SMOTETomek",
    "Sampler",
    "TomekLinks",
    "explain_link",
    "resample",
    "tomek_links",
]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)

"""SMOTE and Tomek links: exact, fast, and in place."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gpu_smotetomek.progress import progress  # the function, which is not loaded later: the package has the same name

if TYPE_CHECKING:
    from gpu_smotetomek.datasets.dataset_resampling import resample_dataset
    from gpu_smotetomek.errors import BackendUnavailable, DeviceUnavailable
    from gpu_smotetomek.evaluation.stability import stability
    from gpu_smotetomek.inspection.table import inspect_table
    from gpu_smotetomek.progress.meter import CallProgress
    from gpu_smotetomek.samplers import SMOTE, SMOTEENN, SMOTENC, EditedNearestNeighbours, TomekLinks, tomek_links
    from gpu_smotetomek.samplers.adasyn import ADASYN
    from gpu_smotetomek.samplers.borderline_smote import BorderlineSMOTE
    from gpu_smotetomek.samplers.frame_resampling import resample
    from gpu_smotetomek.samplers.link_explanation import explain_link
    from gpu_smotetomek.samplers.pipeline import ResamplingPipeline
    from gpu_smotetomek.samplers.random_over_sampler import RandomOverSampler
    from gpu_smotetomek.samplers.random_under_sampler import RandomUnderSampler
    from gpu_smotetomek.samplers.smote_tomek import SMOTETomek
    from gpu_smotetomek.samplers.svm_smote import SVMSMOTE

__version__ = "0.1.0"

__all__ = [
    "ADASYN",
    "SMOTE",
    "SMOTEENN",
    "SMOTENC",
    "SVMSMOTE",
    "BackendUnavailable",
    "BorderlineSMOTE",
    "CallProgress",
    "DeviceUnavailable",
    "EditedNearestNeighbours",
    "RandomOverSampler",
    "RandomUnderSampler",
    "ResamplingPipeline",
    "SMOTETomek",
    "TomekLinks",
    "explain_link",
    "inspect_table",
    "progress",
    "resample",
    "resample_dataset",
    "stability",
    "tomek_links",
]

_MODULE_OF = {
    "ADASYN": "samplers.adasyn",
    "SMOTE": "samplers",
    "SMOTEENN": "samplers",
    "SMOTENC": "samplers",
    "SVMSMOTE": "samplers.svm_smote",
    "BackendUnavailable": "errors",
    "BorderlineSMOTE": "samplers.borderline_smote",
    "CallProgress": "progress.meter",
    "DeviceUnavailable": "errors",
    "EditedNearestNeighbours": "samplers",
    "RandomOverSampler": "samplers.random_over_sampler",
    "RandomUnderSampler": "samplers.random_under_sampler",
    "ResamplingPipeline": "samplers.pipeline",
    "SMOTETomek": "samplers.smote_tomek",
    "TomekLinks": "samplers",
    "explain_link": "samplers.link_explanation",
    "inspect_table": "inspection.table",
    "resample": "samplers.frame_resampling",
    "resample_dataset": "datasets.dataset_resampling",
    "stability": "evaluation.stability",
    "tomek_links": "samplers",
}
_PUBLIC_MODULES = {
    *(
        "datasets",
        "errors",
        "evaluation",
        "execution",
        "inspection",
        "neighbors",
        "plotting",
        "resampling",
        "samplers",
        "torch",
    ),
}
_MODULES = {*_PUBLIC_MODULES, "arrays", "containers", "kernels", "tables", "threadpools", "worker_threads"}


def __getattr__(name: str) -> Any:
    """Load a public name or module on first access: scikit-learn takes a second to import."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*__all__, *_PUBLIC_MODULES, *(name for name in globals() if name.startswith("__"))})

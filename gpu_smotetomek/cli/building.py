"""The sampler that the options of `resample` describe."""

from typing import Any

from gpu_smotetomek import SMOTE, SMOTENC, SMOTETomek, TomekLinks
from gpu_smotetomek.cli.options import parse_class_rows
from gpu_smotetomek.cli.report import count_classes
from gpu_smotetomek.cli.request import Request
from gpu_smotetomek.cli.resample_options import Method, Remove, ScaleWord
from gpu_smotetomek.tables import Sheet


def build_sampler(request: Request, sheet: Sheet, strategy: Any, seed: int | None) -> Any:
    """Build the sampler that the options describe, with a resolved strategy and seed."""
    categorical, jobs = list(sheet.categorical) or None, request.given["jobs"]
    scale = convert_scale(request.given["scale"], len(sheet.compared.columns))
    common = request.execution | {"scale": scale, "passthrough": sheet.passthrough or None}
    if request.method is Method.tomek:
        sampler = TomekLinks(sampling_strategy=strategy, n_jobs=jobs, categorical_features=categorical, **common)
    else:
        k = request.given["k_neighbors"] or 5
        own = {"sampling_strategy": strategy, "random_state": seed, "k_neighbors": k, "n_jobs": jobs, **common}
        if request.method is not Method.smote:
            del own["passthrough"]
        smote = SMOTE(**own) if categorical is None else SMOTENC(categorical, **own)
        sampler = smote if request.method is Method.smote else SMOTETomek(smote=smote, n_jobs=jobs, **common)
    set_options(sampler, request.given, list(count_classes(sheet)))
    return sampler


def convert_scale(word: ScaleWord | None, n_features: int) -> Any:
    """The parameter that --scale gives; `none` is a factor of 1 for each feature, which silences the warning."""
    return [1.0] * n_features if word is ScaleWord.none else None if word is None else word.value


def set_options(sampler: Any, given: dict[str, Any], labels: list[Any]) -> None:
    """Set the options that were given, but for those that `build_sampler` takes."""
    if given["passthrough_fill"] is not None:
        sampler.set_params(passthrough_fill=given["passthrough_fill"].value)
    if given["small_class"] is not None:
        name = "small_class" if isinstance(sampler, SMOTE) else "smote__small_class"
        sampler.set_params(**{name: given["small_class"].value})
    cleaning = {name: given[name] for name in ("repeat", "min_samples", "definition") if given[name] is not None}
    if "definition" in cleaning:
        cleaning["definition"] = cleaning["definition"].value.replace("-", " ")
    if "min_samples" in cleaning:
        cleaning["min_samples"] = parse_min_samples(cleaning["min_samples"], labels)
    if isinstance(sampler, TomekLinks):
        sampler.set_params(**cleaning)
    elif isinstance(sampler, SMOTETomek):
        sampler.set_params(clean=given["clean"].value if given["clean"] else "after")
        strategy: Any = "all" if given["remove"] is Remove.both else "larger"
        sampler.set_params(tomek=TomekLinks(sampling_strategy=strategy, **cleaning))


def parse_min_samples(text: str, labels: list[Any]) -> int | dict[Any, int]:
    """The number that --min-samples gives for all classes, or one for each class that it names."""
    return int(text) if text.isdecimal() else parse_class_rows("--min-samples", text, labels)

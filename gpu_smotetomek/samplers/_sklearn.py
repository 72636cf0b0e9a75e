"""The private names of scikit-learn that the samplers use, in one place."""

from sklearn.utils._param_validation import HasMethods, Interval, InvalidParameterError, StrOptions
from sklearn.utils._repr_html.estimator import _VisualBlock as VisualBlock
from sklearn.utils.metaestimators import _BaseComposition as BaseComposition

__all__ = ["BaseComposition", "HasMethods", "Interval", "InvalidParameterError", "StrOptions", "VisualBlock"]

"""Import every module of the installed package and resample a small table: `first_use.py EXPECTED_VERSION`."""

import importlib
import pkgutil
import sys
from importlib.resources import files

import numpy as np

import gpu_smotetomek

EXTRA_MODULES = ("gpu_smotetomek.cli", "gpu_smotetomek.dask", "gpu_smotetomek.tables", "gpu_smotetomek.__main__")

assert gpu_smotetomek.__version__ == sys.argv[1], gpu_smotetomek.__version__
assert "site-packages" in gpu_smotetomek.__file__, gpu_smotetomek.__file__
assert files("gpu_smotetomek").joinpath("py.typed").is_file()
for module in pkgutil.walk_packages(gpu_smotetomek.__path__, "gpu_smotetomek."):
    if not module.name.startswith(EXTRA_MODULES):
        importlib.import_module(module.name)

X = np.random.default_rng(0).standard_normal((300, 4))
y = np.arange(300) % 10 == 0
X_new, y_new = gpu_smotetomek.SMOTETomek(random_state=0).fit_resample(X, y)
assert np.bincount(y_new)[1] == 270 > np.bincount(y_new)[0] > 200

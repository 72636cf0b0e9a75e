"""The search backend `cuda`: fused kernels, started through CuPy."""

"""Search backend `cuda`: our own kernels, launched through CuPy."""

"""Complete programs whose data stays on the GPU, from loading to a trained model."""

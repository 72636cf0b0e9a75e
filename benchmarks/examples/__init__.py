"""Whole programs: data that stays on the GPU, from loading to a trained model."""

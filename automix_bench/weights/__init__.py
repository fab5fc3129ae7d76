"""Trained weights that come with the package: `NAME.safetensors` with its card, `NAME.md`."""

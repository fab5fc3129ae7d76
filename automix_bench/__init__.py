"""Make pseudo-multitrack data, run mixing and effect-removal models on it, and rank them."""

__version__ = "0.1.0"

"""Data sets in torch, for training."""

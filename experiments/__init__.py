"""Experiments with the package, each in a folder of its own with one command."""

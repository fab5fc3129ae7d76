"""Artifacts of processing: where they are in a sound, and how strong."""

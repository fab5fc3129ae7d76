"""Artifacts of processing, found in a sound: where they are and how strong."""

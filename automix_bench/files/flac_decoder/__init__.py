"""A FLAC decoder that checks every frame."""

"""Bytes on disk: atomic files, locks, JSON, decoding and encoding of audio."""

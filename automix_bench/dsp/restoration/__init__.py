"""Damage undone blindly: clipping, limiting, late reverberation, compression by unknown settings."""

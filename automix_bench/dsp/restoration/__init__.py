"""Damage undone blindly: clipping, limiting, reverberation, compression by unknown settings."""

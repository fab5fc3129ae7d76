"""Spectra: short-time, long-term, in bands of hearing, and distances between them."""

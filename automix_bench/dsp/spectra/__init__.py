"""Spectra: short-time, long-term, in bands of hearing, of panning, and distances between them."""

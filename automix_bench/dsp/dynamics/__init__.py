"""Dynamic range: detectors, gain reduction and its inverse, look-ahead, microdynamics."""

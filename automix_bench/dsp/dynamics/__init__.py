"""Dynamic range control: level detectors, gain reduction and its inverse."""

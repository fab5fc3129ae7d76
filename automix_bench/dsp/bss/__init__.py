"""Ratios of separated stems: signal-to-distortion ratios, and BSS Eval version 4."""

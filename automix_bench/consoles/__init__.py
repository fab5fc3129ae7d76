"""Consoles left to chance, and consoles as JSON."""

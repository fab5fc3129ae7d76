"""Random consoles, and consoles as JSON."""

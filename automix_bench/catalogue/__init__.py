"""What there is: every plug-in by kind and name, with its card."""

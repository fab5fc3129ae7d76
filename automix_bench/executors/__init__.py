"""Where work is done: one executor a file, found by its name."""

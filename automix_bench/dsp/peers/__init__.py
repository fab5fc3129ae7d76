"""Outside implementations that ours are compared with."""

"""Outside implementations with which ours are compared."""

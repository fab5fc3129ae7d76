"""Built-in normalisers, one a file; the file's name is the normaliser's name."""

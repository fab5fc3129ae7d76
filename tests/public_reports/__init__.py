"""What public bug reports of neighbouring projects name, tried here."""

"""How results are printed in a terminal."""

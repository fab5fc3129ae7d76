"""BSS Eval version 4: projections, their solutions and the medians over a song."""

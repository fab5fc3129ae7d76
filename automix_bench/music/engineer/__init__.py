"""An engineer that mixes composed songs by rules of thumb."""

"""An engineer who mixes composed songs by rules of thumb."""

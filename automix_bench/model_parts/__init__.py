"""What models share that learned to mix: what they hear of a track, and their console."""

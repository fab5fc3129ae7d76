"""What recipes share: their music, effects to remove, settings from the command line."""

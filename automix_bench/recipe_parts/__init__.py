"""What recipes share: material, effect removal, settings from the command line."""

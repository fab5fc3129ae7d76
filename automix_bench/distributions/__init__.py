"""What the settings of an effect are drawn from."""

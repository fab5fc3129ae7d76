"""Play a part with a SoundFont."""

"""Which numbered rooms (`noise_reverb`) belong to which split, for every recipe that has any."""

ROOMS = {"train": (0.0, 799_999.0), "valid": (800_000.0, 899_999.0), "test": (900_000.0, 999_999.0)}

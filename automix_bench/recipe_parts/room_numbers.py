"""The numbered rooms of each split, for every recipe with the effect `noise_reverb`."""

ROOMS = {"train": (0.0, 799_999.0), "valid": (800_000.0, 899_999.0), "test": (900_000.0, 999_999.0)}

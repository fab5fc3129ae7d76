"""A finished data set: its plan, shards and manifest, how it is read, verified and described."""

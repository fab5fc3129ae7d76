"""Source separation: networks, and the cache of separated stems."""

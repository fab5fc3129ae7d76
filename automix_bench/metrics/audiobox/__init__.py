"""The four axes of Audiobox Aesthetics, as errors against the reference."""

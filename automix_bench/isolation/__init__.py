"""Models in processes of their own, which hold nothing but the brief. See `docs/isolation.md`."""

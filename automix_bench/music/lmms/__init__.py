"""LMMS projects, rendered to stems."""

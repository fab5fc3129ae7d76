"""Tracker modules, rendered to stems."""

"""Metrics put to the test on known values and degraded music."""

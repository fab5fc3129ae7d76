"""Tests of metrics on known values and on damaged music."""

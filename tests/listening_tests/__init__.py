"""Tests of `listening_tests`."""

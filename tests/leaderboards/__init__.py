"""Tests of `leaderboards`."""

"""Families of metrics: what the cards of a family share, and the function that makes each card."""

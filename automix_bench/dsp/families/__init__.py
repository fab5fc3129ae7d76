"""Families of metrics: the facts that the cards of a family share, and a function that makes one."""

"""Data sets in torch, and the loop that trains a network on one."""

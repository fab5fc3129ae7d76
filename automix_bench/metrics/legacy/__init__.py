"""Metrics as papers published them, faults included; each names the metric to use instead."""

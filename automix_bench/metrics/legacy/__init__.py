"""What papers published, kept as it is, faults and all; each names the metric to use instead."""

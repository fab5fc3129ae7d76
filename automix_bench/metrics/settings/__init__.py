"""Metrics of settings, one a file. The contract is in `automix_bench.answer_metrics`."""

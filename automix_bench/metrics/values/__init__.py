"""Metrics of numbers, one a file. The contract is `automix_bench.answer_metrics.values_metric`."""

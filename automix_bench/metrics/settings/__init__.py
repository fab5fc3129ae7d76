"""Metrics of settings, one a file. The contract is `automix_bench.settings_metric`."""

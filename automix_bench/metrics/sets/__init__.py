"""Metrics of sets of sounds, through an embedding; the contract is `automix_bench.set_metric`."""

"""Models whose rules were learned from data; each has weights in `automix_bench/weights`."""

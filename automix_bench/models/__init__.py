"""The built-in models: one in each file, under the file's name. Contract: `automix_bench.model`."""

"""The built-in tasks: one in each file, under the file's name. Contract: `automix_bench.task`."""

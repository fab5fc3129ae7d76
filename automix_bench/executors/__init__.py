"""One executor a file, named as the file is. The contract is `automix_bench.executor`."""

"""The built-in trainings: one in each file, under the file's name. Contract:
`automix_bench.training.training`."""

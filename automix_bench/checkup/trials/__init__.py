"""The trials of the check-up: one in each file, under the file's name. Contract:
`automix_bench.checkup.check_trial`."""

"""A check-up of one model: the challenges of the field, one trial each.

from automix_bench.checkup import check

report = check("my_model.py", task="mixing")
report.failed  # the names of the trials that it fails
"""

from automix_bench.checkup.check import check

__all__ = ["check"]

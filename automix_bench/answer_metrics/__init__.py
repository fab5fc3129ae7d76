"""The contracts of metrics that compare the parts of an answer that are no sound."""

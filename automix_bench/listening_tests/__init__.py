"""Listening tests: ratings, screening of raters, analysis, agreement with metrics."""

"""Tests of `distributions`."""

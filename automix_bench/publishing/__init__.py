"""Publish a data set: Parquet files and the Hugging Face hub."""

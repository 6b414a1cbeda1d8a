"""Vectors, models, counts and tables to files and back."""

# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled border: checked arrays in, loops without the GIL."""

"""The names of other programs, said by ours."""

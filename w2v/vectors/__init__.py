"""Word vectors and the questions they answer."""

from w2v.vectors.keyed import KeyedVectors, UnknownWordError

__all__ = ["KeyedVectors", "UnknownWordError"]

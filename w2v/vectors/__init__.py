"""Word vectors and the questions they answer."""

from w2v.vectors.keyed import KeyedVectors
from w2v.vectors.lookup import UnknownWordError

__all__ = ["KeyedVectors", "UnknownWordError"]

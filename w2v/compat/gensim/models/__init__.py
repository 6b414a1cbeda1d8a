"""gensim's models by their names."""

from w2v.compat.gensim.models import callbacks, doc2vec, keyedvectors, phrases, word2vec
from w2v.compat.gensim.models.doc2vec import Doc2Vec
from w2v.compat.gensim.models.keyedvectors import KeyedVectors
from w2v.compat.gensim.models.phrases import Phrases
from w2v.compat.gensim.models.word2vec import Word2Vec

__all__ = [
    "Doc2Vec",
    "KeyedVectors",
    "Phrases",
    "Word2Vec",
    "callbacks",
    "doc2vec",
    "keyedvectors",
    "phrases",
    "word2vec",
]

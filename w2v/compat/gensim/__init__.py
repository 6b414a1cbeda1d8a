"""gensim's names and arguments (version 4), done by w2v: ``import w2v.compat.gensim as gensim``.

A project moves by its import lines: ``from w2v.compat.gensim.models import Word2Vec``. The classes
are thin. They translate arguments and hand the work to :class:`w2v.Word2Vec`,
:class:`w2v.KeyedVectors`, :class:`w2v.Phrases` and :class:`w2v.Doc2Vec`. What means nothing here
makes a warning. What differs in its results stands in docs/gensim.md.
"""

from w2v.compat.gensim import models, utils

__all__ = ["models", "utils"]

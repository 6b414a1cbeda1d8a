"""The settings of document vectors: those of word2vec, and what goes in beside a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from w2v.training.settings import NAMES, Settings, setting

if TYPE_CHECKING:
    from w2v.text.vocabulary import Vocabulary

ARCHITECTURES = ("dbow", "dm")
LOSSES = ("ns", "hs")


@dataclass(frozen=True, kw_only=True, eq=False)
class DocumentSettings(Settings):
    """All settings of :class:`w2v.Doc2Vec`."""

    model = "Doc2Vec"
    architecture: str = setting(
        str,
        "dbow",
        "what predicts a word of a document: the document (dbow), or the mean of the document and "
        "the words around (dm)",
        choices=ARCHITECTURES,
    )
    loss: str = setting(
        str,
        "ns",
        "what comes out: negative sampling (ns) or hierarchical softmax (hs)",
        choices=LOSSES,
    )
    alpha: float = setting(
        float,
        None,
        "learning rate at the start",
        unless_given="0.025 for dbow, 0.05 for dm",
        high=100,
    )
    epochs: int = setting(int, 10, "passes over the documents", low=1)
    train_words: bool = setting(
        bool,
        False,
        "with dbow, train vectors of words by skip-gram, too; dm always has them",
    )

    @property
    def has_words(self) -> bool:
        """Whether words are inputs, and so have vectors."""
        return self.architecture == "dm" or self.train_words

    def rows_of_words(self, vocabulary: Vocabulary) -> int:
        """Return how many rows of W_in are those of words; the others, behind, are of tags."""
        return len(vocabulary) if self.has_words else 0

    def of_words(self) -> Settings:
        """Return the settings of the training that this is, the tags being further inputs."""
        shared = {name: self[name] for name in NAMES}
        architecture = "cbow" if self.architecture == "dm" else "skipgram"
        return Settings(**{**shared, "architecture": architecture})

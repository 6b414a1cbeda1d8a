"""Callbacks of gensim's kind: objects with four methods."""

from __future__ import annotations

from typing import Any

__all__ = ["CallbackAny2Vec"]


class CallbackAny2Vec:
    """Base of callbacks; each method gets the model."""

    def on_train_begin(self, model: Any) -> None:
        """Do something before the first epoch."""

    def on_epoch_begin(self, model: Any) -> None:
        """Do something before each epoch."""

    def on_epoch_end(self, model: Any) -> None:
        """Do something after each epoch."""

    def on_train_end(self, model: Any) -> None:
        """Do something after the last epoch."""

"""How a training is carried out: what is drawn from, by how many workers, in rounds or freely."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.parallel import worker_count
from w2v.text.corpus import Encoded
from w2v.text.documents import EncodedDocuments
from w2v.text.draws import alias_table, keep_tables
from w2v.text.pairs import EncodedPairs
from w2v.text.vocabulary import Vocabulary
from w2v.training.frozen import NOTHING, Frozen
from w2v.training.settings import Settings, for_sentences

# Repeatable training works in rounds: so many blocks, at most, start from the same weights and are
# merged. With eight, skip-gram lost a point on analogies; with four nothing that three seeds show.
# A corpus of few blocks has smaller rounds, so that an epoch has a hundred of them at least.
BLOCKS_A_ROUND = 4
ROUNDS_AN_EPOCH = 100
# So many updates at learning rate 0.025 bring a row most of the way to where they lead.
UPDATES = 150

# Free-running workers keep copies of so many of the most frequent rows of both matrices. They bring
# the copies into the model every so many blocks: else the cache lines of these rows, above all of
# the root nodes that all Huffman paths share, travel between the cores all the time.
HOT_ROWS = 256
HOT_BLOCKS = {"ns": 4, "hs": 1}

# Subsampling suits corpora with more words than training needs. In a small one nearly every word
# has a share above SAMPLE. Sixty sentences of twelve words kept one word in ten, learning nothing.
SAMPLE = 1e-3
FEW_WORDS = 10_000

# A worker should have so many blocks at least: with fewer, starting it costs more than it brings.
BLOCKS_A_WORKER = 10


@dataclass(frozen=True)
class Schedule:
    """Epochs, and the learning rates between which they fall.

    Attributes
    ----------
    epochs : int
        How many.
    alpha, min_alpha : float
        Learning rates at the start and at the end.
    first : int
        Epochs that the model had before: random numbers depend on the number of an epoch.
    """

    epochs: int
    alpha: float
    min_alpha: float
    first: int = 0

    def rates(self, epoch: int) -> tuple[float, float]:
        """Return the learning rate at the start and at the end of an epoch, which is from 0."""
        fall = (self.min_alpha - self.alpha) / self.epochs
        start = self.alpha + fall * epoch
        return start, start + fall


def choose_sample(settings: Any, vocabulary: Vocabulary, tokens: int) -> Any:
    """Return settings of a model with the `sample` of a corpus of so many tokens."""
    sample = SAMPLE if settings.sample is None else settings.sample
    counts = vocabulary.counts
    share = float(counts @ vocabulary.keep_probability(sample) / counts.sum())
    if share < 0.5 and share * tokens < FEW_WORDS:
        if settings.sample is None:
            sample = 0.0
        else:
            warnings.warn(
                f"sample={sample:g} leaves about {share * tokens:,.0f} of {tokens:,} words in an "
                "epoch, which are few to learn from; pass sample=0 to keep all",
                stacklevel=4,
            )
    return replace(settings, sample=sample)


def prepare(
    settings: Settings,
    vocabulary: Vocabulary,
    examples: Encoded | EncodedPairs,
    W_in: NDArray[np.float32],
    W_out: NDArray[np.float32],
    frozen: Frozen = NOTHING,
) -> _core.Training:
    """Choose the number of workers, and what makes the result independent of it."""
    chosen: Any
    tags, words = 0.0, len(vocabulary)  # inputs of a centre that are no words; rows of words
    more: dict[str, Any] = {"frozen": (frozen.inputs, frozen.outputs)}
    if isinstance(examples, EncodedPairs):
        chosen, outputs, offsets, context = settings, examples.outputs, None, 0.5
        more |= {"pairs": True, "pair_table": examples.table}
    else:
        offsets, outputs = examples.offsets, vocabulary
        chosen = for_sentences(settings, int(np.diff(offsets).max()))
        context = mean_context(chosen, len(examples.ids) / (len(offsets) - 1))
    if isinstance(examples, EncodedDocuments):
        words, chosen = chosen.rows_of_words(vocabulary), chosen.of_words()
        more |= tags_of(examples, words)
        tags = float(np.diff(examples.tag_starts) @ np.diff(examples.offsets)) / len(examples.ids)
        context = context if words else 0.0
    tables = make_tables(chosen, outputs)
    what = (examples.ids, offsets, W_in, W_out, chosen, tables)
    blocks = _core.n_blocks(len(examples.ids))
    workers = max(1, min(worker_count(settings.workers), blocks // BLOCKS_A_WORKER))
    size = min(BLOCKS_A_ROUND, blocks // ROUNDS_AN_EPOCH)
    can_have_rounds = size > 1 and settings.loss != "softmax"
    in_rounds = settings.deterministic and can_have_rounds
    if settings.deterministic and not in_rounds:
        workers = 1  # which is always repeatable
    if settings.loss == "softmax" or not in_rounds and workers == 1:
        return _core.Training(*what, workers, **more)
    updates = updates_a_block(chosen, vocabulary, outputs, tables, context, tags)
    if isinstance(examples, EncodedDocuments):
        of_tags = np.zeros(len(W_in) - words, np.float32)  # which running free are not damped
        if in_rounds:
            of_tags = tag_updates(chosen, vocabulary, examples, context + tags, len(of_tags))
        updates = np.append(updates[0][:words], of_tags), updates[1]
    if in_rounds:
        return _core.Training(*what, min(workers, size), round_blocks=size, updates=updates, **more)
    hot = updates[0][: max(1, min(HOT_ROWS, words))], updates[1][:HOT_ROWS]
    hot_blocks = HOT_BLOCKS[settings.loss]
    return _core.Training(*what, workers, hot_blocks=hot_blocks, updates=hot, **more)


def tags_of(documents: EncodedDocuments, words: int) -> dict[str, Any]:
    """Return what a Training takes of documents, whose tags' rows come behind those of words."""
    rows = documents.tags + np.int32(words)
    return {"tags": (documents.tag_starts, rows), "words": words > 0}


def output_rows(settings: Settings, V: int) -> int:
    """Return the number of rows of W_out: words, or inner nodes of a Huffman tree."""
    return V - 1 if settings.loss == "hs" else V


def make_tables(settings: Settings, vocabulary: Vocabulary) -> _core.Tables:
    """Return the arrays that the compiled loop draws from."""
    tables = keep_tables(vocabulary.keep_probability(settings.sample))
    if settings.loss == "ns":
        noise = vocabulary.noise_distribution(settings.ns_exponent)
        table = np.column_stack([array.view(np.uint32) for array in alias_table(noise)])
        return tables._replace(noise=table)
    if settings.loss == "hs":
        tree = vocabulary.huffman()
        return tables._replace(
            path_starts=tree.offsets,
            path_nodes=tree.nodes,
            path_labels=np.append(1 - tree.codes, np.zeros(16, np.uint8)).astype(np.float32),
        )
    return tables


def mean_context(settings: Settings, length: float) -> float:
    """Return how many words are around a centre in sentences of an average length."""
    reach = float(settings.window)
    return min(reach + 1 if settings.shrink_windows else 2 * reach, length - 1)


def updates_a_block(
    settings: Settings,
    vocabulary: Vocabulary,
    outputs: Vocabulary,
    tables: _core.Tables,
    context: float,
    tags: float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how many updates a block brings each row of W_in and of W_out, as expected.

    The unit is the number of updates that bring a row most of the way at learning rate 1. Where
    several workers change a row at the same time, their changes are damped accordingly.

    Parameters
    ----------
    settings, vocabulary, outputs, tables
        Of the training; `outputs` are the words of W_out.
    context : float
        Words around a centre, on average. Half of the words of pairs have one.
    tags : float
        Tags that are inputs beside them.
    """
    kept, targets = (
        _core.BLOCK * of.counts / of.counts.sum() * of.keep_probability(settings.sample)
        for of in (vocabulary, outputs)
    )
    examples = context + tags if settings.architecture == "skipgram" else 1.0
    undivided = settings.architecture == "skipgram" or settings.cbow_gradient == "undivided"
    inputs = kept * (context if undivided else examples)
    if settings.loss == "hs":
        assert tables.path_starts is not None and tables.path_nodes is not None
        paths = np.repeat(targets, np.diff(tables.path_starts))
        scored = np.bincount(tables.path_nodes, paths, len(outputs) - 1)
    else:
        noise = outputs.noise_distribution(settings.ns_exponent)
        scored = targets + targets.sum() * settings.negative * noise
    unit = 0.025 * UPDATES
    return (inputs / unit).astype(np.float32), (scored * examples / unit).astype(np.float32)


def tag_updates(
    settings: Settings,
    vocabulary: Vocabulary,
    documents: EncodedDocuments,
    inputs: float,
    n: int,
) -> NDArray[np.float32]:
    """Return how many updates a block brings the row of each tag, of the blocks that do so.

    Parameters
    ----------
    settings, vocabulary, documents
        Of the training.
    inputs : float
        Inputs of a centre, on average: exact gradients of CBOW are divided among them.
    n : int
        Number of tags.
    """
    offsets, starts = documents.offsets, documents.tag_starts
    first, last = offsets[:-1] // _core.BLOCK, (offsets[1:] - 1) // _core.BLOCK
    numbers = np.diff(starts)
    tokens = np.bincount(documents.tags, np.repeat(np.diff(offsets), numbers), n)
    # A block counts for a tag once, however many of its documents begin there.
    begun = np.unique(np.repeat(first, numbers) * n + documents.tags) % n
    blocks = np.bincount(begun, minlength=n)
    blocks += np.bincount(documents.tags, np.repeat(last - first, numbers), n).astype(np.int64)
    counts = vocabulary.counts
    kept = float(counts @ vocabulary.keep_probability(settings.sample)) / float(counts.sum())
    exact = settings.architecture == "cbow" and settings.cbow_gradient == "exact"
    share = kept / max(inputs, 1.0) if exact else kept
    found = tokens / np.maximum(blocks, 1) * share / (0.025 * UPDATES)
    return np.asarray(found, np.float32)

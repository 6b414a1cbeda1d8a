"""The training of a few words in plain numpy: windows, pairs and rows, centre after centre."""

import numpy as np

from w2v import reference

# With these, and counts of which the noise can only be the first word, nothing is drawn at random.
PLAIN = {"window": 2, "shrink_windows": False, "sample": 0, "min_count": 1, "vector_size": 6}
PLAIN |= {"epochs": 1, "workers": 1, "alpha": 0.1, "min_alpha": 0.1, "negative": 1}
PLAIN |= {"cbow_gradient": "exact", "ns_exponent": 10.0}
CORPUS = [["a", "b", "c", "a", "d"], ["b"], ["e", "a"]]


def counts_for(loss):
    """Return the vocabulary: under negative sampling the rarest words are never noise."""
    if loss == "ns":
        return {"a": 10**6, "b": 3, "c": 2, "d": 2, "e": 1}
    return {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}


def train_epoch(model, W_in, W_out, frozen_in=(), frozen_out=(), tags=None, words=True):
    """Train float64 matrices for an epoch of CORPUS; return the sum of losses, and the examples.

    Frozen rows are put back after every step. With `tags`, sentence i has the input rows tags[i]
    beside the words around each centre, or without `words` instead of them.
    """
    vocabulary, tree = model.vocabulary, model.vocabulary.huffman()
    kept_in, kept_out = W_in[[*frozen_in]].copy(), W_out[[*frozen_out]].copy()
    total = examples = 0.0
    for number, sentence in enumerate(CORPUS):
        ids = [vocabulary.key_to_index[word] for word in sentence]
        for t, centre in enumerate(ids):
            context = ids[max(0, t - 2) : t] + ids[t + 1 : t + 3]
            if tags is not None:
                context = context * words + tags[number]
            if not context:
                continue
            inputs, starts, pairs = context, np.arange(len(context) + 1), len(context)
            if model.architecture in ("cbow", "dm"):
                starts, pairs = np.array([0, len(context)]), 1
            if model.loss == "softmax":
                outputs, targets, link = np.arange(5), [centre], "softmax"
                if model.architecture == "skipgram":  # the centre in, its whole context out
                    inputs, starts, targets = [centre], np.array([0, 1]), [context]
            elif model.loss == "hs":
                path = slice(tree.offsets[centre], tree.offsets[centre + 1])
                outputs, targets, link = tree.nodes[path], 1 - tree.codes[path], "sigmoid"
            elif centre == 0:  # all noise is the centre itself: left out
                outputs, targets, link = [0], [1], "sigmoid"
            else:
                outputs, targets, link = [centre, 0], [1, 0], "sigmoid"
            total += reference.step(W_in, W_out, inputs, starts, outputs, targets, 0.1, link)
            W_in[[*frozen_in]], W_out[[*frozen_out]] = kept_in, kept_out
            examples += pairs
    return total, examples

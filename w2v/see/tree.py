"""The Huffman tree of a vocabulary as text: the paths of some words, and what hangs beside them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from w2v.printable import printable
from w2v.text.vocabulary import Vocabulary

WHOLE = 16  # words of the largest vocabulary whose tree is drawn whole


def draw(vocabulary: Vocabulary, words: Collection[str]) -> str:
    """Draw the paths from the root to some words; of a small vocabulary the whole tree.

    The branch with code 0 is the lighter one. In a step of training the node on the path gets the
    label t = 1 - code.

    Parameters
    ----------
    vocabulary : Vocabulary
        Its counts make the tree.
    words : collection of str
        Words of the vocabulary.

    Returns
    -------
    str
        A line for each node and leaf; a branch without any of the words is one line.
    """
    V = len(vocabulary)
    if V < 2:
        return f"{vocabulary.words[0]}: the tree of one word has no nodes"
    tree, total = vocabulary.huffman(), vocabulary.counts
    # Two branches leave each node: branch 2 node + code leads to a node, or to word ~child.
    branches = 2 * tree.nodes.astype(np.int64) + tree.codes
    owner = np.repeat(np.arange(V), np.diff(tree.offsets))
    child = np.empty(2 * V - 2, np.int64)
    child[branches[:-1]] = tree.nodes[1:]
    last = tree.offsets[1:] - 1
    child[branches[last]] = ~np.arange(V)
    size = np.bincount(branches, minlength=2 * V - 2)
    tokens = np.zeros(2 * V - 2, np.int64)
    np.add.at(tokens, branches, total[owner])
    first = np.full(2 * V - 2, V)
    np.minimum.at(first, branches, owner)  # the most frequent word behind each branch

    asked = [vocabulary.key_to_index[word] for word in words]
    shown = np.zeros(2 * V - 2, bool)
    for word in range(V) if V <= WHOLE else asked:
        shown[branches[tree.offsets[word] : tree.offsets[word + 1]]] = True
    lines = [f"root: {V:,} words, {int(total.sum()):,} tokens"]
    # The lines still to write, the next one last: branch, and what stands in front of it.
    ahead = [(1, ""), (0, "")]
    while ahead:
        branch, front = ahead.pop()
        code, node = branch % 2, int(child[branch])
        fork, below = ("└", "  ") if code else ("├", "│ ")
        what = f"node {node}: {size[branch]:,} words, {tokens[branch]:,} tokens"
        if node < 0:
            leaf = printable(str(vocabulary.words[~node]))
            what = f"{leaf}, {_tokens(int(total[~node]))}" + "  ◀" * (~node in asked)
        elif shown[branch]:
            ahead += [(2 * node + 1, front + below), (2 * node, front + below)]
        else:
            what += f", such as {printable(str(vocabulary.words[first[branch]]))}"
        lines.append(f"{front}{fork}{code} {what}")
    return "\n".join(lines)


def _tokens(count: int) -> str:
    return f"{count:,} token" + "s" * (count != 1)

"""Text in: sources to sentences, sentences to ids, counts to a vocabulary."""

from w2v.lazy import lazy_names

_NAMES = {
    **dict.fromkeys(["Corpus", "CorpusStats", "Encoded"], "w2v.text.corpus"),
    **dict.fromkeys(["Huffman", "alias_table", "huffman", "keep_tables"], "w2v.text.draws"),
    "Vocabulary": "w2v.text.vocabulary",
    "words_only": "w2v.text.tokenizers",
}

__getattr__, __dir__ = lazy_names(__name__, _NAMES, {})

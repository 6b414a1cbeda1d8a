"""Text in: sources to sentences, sentences to ids, counts to a vocabulary."""

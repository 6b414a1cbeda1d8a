"""Training of word vectors: settings, schedule, model."""

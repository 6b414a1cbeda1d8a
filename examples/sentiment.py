"""From text to label: opinions that praise (+), complain (-) or do neither (0)."""

from w2v import TextClassifier, opinions, train

data = opinions.labelled()
labels, texts = [label for label, _ in data], [text for _, text in data]

# word vectors of text without labels, and a network that starts from them
unlabelled = [words for _, words in opinions.sentences(20_000, seed=2)]
vectors = train(unlabelled, vector_size=30, epochs=10, min_count=1, verbose=False).wv
model = TextClassifier(vectors, random_state=1).fit(texts[:600], labels[:600])

print(f"accuracy on 300 others: {model.score(texts[600:], labels[600:]):.3f}")
for text in (
    "What a lovely hotel!",
    "The soup was not good.",
    "Not bad at all.",
    "It opens at nine.",
):
    print(model.predict([text])[0], text)

"""Draw what a model of the embedded world has learnt: words of one kind, countries and capitals."""

import w2v
from w2v import plots, world

model = w2v.train(list(world.sentences()), vector_size=50, epochs=20, verbose=False)
plots.word_map("map.png", model, world.categories())

capitals = [("france", "paris"), ("japan", "tokyo"), ("italy", "rome"), ("spain", "madrid")]
for country, capital, cosine in plots.arrows("capitals.png", model, capitals):
    print(f"from {country} to {capital}: cosine {cosine:.2f} with the mean of the other steps")

"""Draw what a model of the embedded world has learnt: exact projections (PCA) of its vectors."""

import matplotlib.pyplot as plt
import numpy as np

import w2v
from w2v import world

KINDS = {
    "animals": "dog cow lion duck rabbit monkey",
    "foods": "bread rice cheese eggs pasta",
    "colours": "red blue green brown yellow",
    "jobs": "teacher doctor pilot gardener dentist",
    "days": "monday tuesday friday sunday",
}
CAPITALS = (
    "france paris japan tokyo italy rome spain madrid norway oslo canada ottawa greece athens"
)
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#666666"]  # safe for colour-blind readers


def plane(words):
    """Return the place (n, 2) of each word on the two principal axes of these words."""
    X = np.array([model.wv.get_vector(word, norm=True) for word in words])
    X = X - X.mean(axis=0)
    return X @ np.linalg.svd(X, full_matrices=False)[2][:2].T


model = w2v.train(list(world.sentences()), vector_size=50, epochs=20, verbose=False)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")

words = " ".join(KINDS.values()).split()
kinds = [kind for kind, members in KINDS.items() for _ in members.split()]
for kind, colour in zip(KINDS, COLOURS, strict=True):
    places = plane(words)[[i for i, k in enumerate(kinds) if k == kind]]
    left.scatter(*places.T, s=30, color=colour, label=f"{kind}: {KINDS[kind].replace(' ', ', ')}")
left.legend(fontsize=8, loc="best", frameon=False)
left.set_title("Words of one kind stand together")

words = CAPITALS.split()
places = plane(words)
right.scatter(*places.T, s=12, c=[COLOURS[i % 2] for i in range(len(words))])
for i in range(0, len(words), 2):
    line = {"arrowstyle": "->", "color": "#999999"}
    right.annotate("", places[i + 1], places[i], arrowprops=line)
for i, (word, place) in enumerate(zip(words, places, strict=True)):
    outwards = -1 if place[0] < places[i ^ 1][0] else 1  # away from the other end of the arrow
    side = "right" if outwards < 0 else "left"
    offset = {
        "xytext": (6 * outwards, 0),
        "textcoords": "offset points",
        "ha": side,
        "va": "center",
    }
    right.annotate(word, place, fontsize=9, color=COLOURS[i % 2], **offset)
right.margins(0.25, 0.1)
right.set_title("From a country to its capital: one step for all")
for axes in (left, right):
    axes.set_xlabel("first principal axis")
    axes.set_ylabel("second principal axis")
figure.savefig("map.png", dpi=110)
print("wrote map.png")

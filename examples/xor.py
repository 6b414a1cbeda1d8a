"""XOR, the lecture's way: a 2-2-1 network, one pattern at a time, until the error is small."""

import numpy as np

from w2v import Layer, Network

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
T = np.array([[0], [1], [1], [0]])

net = Network(2, [Layer(2, "sigmoid"), Layer(1, "sigmoid")], seed=1, dtype="float64")
history = net.train(X, T, epochs=10_000, batch_size=1, learning_rate=1.0, error_limit=0.01)

print(f"{history.reason} after {len(history.loss_curve)} epochs, error {net.loss(X, T):.4f}")
for x, h, o in zip(X, net.hidden(X, 1), net.forward(X), strict=True):
    print(x, "hidden", h.round(2), "output", o.round(2))

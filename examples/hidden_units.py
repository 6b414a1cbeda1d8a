"""What can replace a hidden layer: one sine neuron, a skipping connection, or a better feature."""

from w2v import demos

for method in ("sine", "skip", "product"):
    print(demos.xor(method, seed=1).report(), end="\n\n")
print(demos.gates())

"""Damage to files, each kind at a random place."""

KINDS = ("bit", "burst", "cut", "insertion", "swap", "zeros")


def damage(content, kind, rng):
    """Return other bytes than `content`, damaged in one way."""
    while True:
        found = bytearray(content)
        n = len(found)
        at, size = rng.randrange(n), rng.randrange(1, 65)
        if kind == "bit":
            found[at] ^= 1 << rng.randrange(8)
        elif kind == "burst":
            found[at : at + size] = rng.randbytes(len(found[at : at + size]))
        elif kind == "cut":
            del found[at : rng.choice([n, at + size])]
        elif kind == "insertion":
            found[at:at] = rng.randbytes(size)
        elif kind == "swap":
            other = rng.randrange(n)
            size = min(size, n - max(at, other), abs(at - other))
            here, there = found[at : at + size], found[other : other + size]
            found[at : at + size], found[other : other + size] = there, here
        else:
            found[at : at + size] = bytes(len(found[at : at + size]))
        if found != content:
            return bytes(found)

"""Short opinions with their label, +, - or 0: labelled sentences that come with the package.

Guests talk about films, soups, hotels. A sentence praises (+), complains (-) or merely reports
(0). Words alone do not settle it: "not bad" praises and "not good" complains, so that "not"
reverses what stands beside it, the XOR of the lecture in words; what is both good and bad is 0.

    python -m w2v.opinions corpora

writes ``opinions.tsv`` again, byte for byte.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from w2v.demos.world import Deck

__all__ = ["LABELS", "labelled", "sentences", "write"]

LABELS = ("+", "-", "0")
ENOUGH = 1000  # sentences, none of them new, after which there will hardly be one
SENTENCES = 900  # of the file: different ones, a third of them with each label

GOOD = "good great lovely wonderful superb charming delightful excellent splendid fine"
BAD = "bad awful dull terrible poor dreadful disappointing horrible weak miserable"
PLAIN = "usual ordinary average common standard plain"
LOVED = "loved enjoyed admired praised liked recommended"
HATED = "hated disliked regretted cursed detested returned"
MET = "saw tried noticed mentioned compared described"
VERY = "very really quite truly"
DAYS = "monday tuesday wednesday thursday friday saturday sunday"

# what is talked about, two parts of it, facts about it (joined by _)
THINGS = """
film music ending lasts_two_hours starts_at_eight was_made_in_spain
book story cover has_ninety_pages came_out_in_may is_about_a_sailor
hotel room breakfast has_forty_beds stands_near_the_station opens_in_april
soup taste smell is_made_of_beans costs_four_coins comes_with_bread
concert singer sound takes_place_outside begins_after_dinner ends_at_ten
phone screen battery weighs_little came_in_a_box has_two_buttons
museum guide garden closes_at_five lies_by_the_river shows_old_maps
train seat service leaves_at_noon stops_in_lyon has_six_cars
course teacher lesson lasts_three_weeks takes_place_online is_held_in_english
"""

# label, a template; {good}, {bad} ... are drawn from the lists above
TEMPLATES = """
+ the {part} of this {thing} was {very} {good}
+ what a {good} {thing}
+ we {loved} the {part} and the {other}
+ the {part} was {good} and the {other} even better
+ everybody {loved} this {good} {thing}
+ i {loved} the {thing} on {day} and will come again
+ the {thing} was not {bad}
+ the {part} was not {bad} at all
+ nothing about the {thing} was {bad}
+ the {part} not {bad} and the {other} {good}
+ a {good} {thing} with a {good} {part}
+ thanks for a {very} {good} {thing}
- the {part} of this {thing} was {very} {bad}
- what a {bad} {thing}
- we {hated} the {part} and the {other}
- the {part} was {bad} and the {other} even worse
- everybody {hated} this {bad} {thing}
- i {hated} the {thing} on {day} and want my money back
- the {thing} was not {good}
- the {part} was not {good} at all
- nothing about the {thing} was {good}
- the {part} not {good} and the {other} {bad}
- a {bad} {thing} with a {bad} {part}
- never again a {very} {bad} {thing} like this
0 the {thing} {fact}
0 on {day} we {met} the {thing}
0 the {part} of the {thing} is the {plain} one
0 a {plain} {thing} with a {plain} {part}
0 they {met} the {part} and the {other} on {day}
0 some say the {thing} {fact}
0 the {thing} is neither {good} nor {bad}
0 the {part} was {good} but the {other} was {bad}
0 the {part} was {bad} but the {other} was {good}
0 i {met} the {part} of this {plain} {thing}
0 my sister told me that the {thing} {fact}
0 it has a {plain} {part} and {fact}
"""


def sentences(n: int = SENTENCES, seed: int = 1) -> Iterator[tuple[str, list[str]]]:
    """Tell opinions, one at a time; some come twice.

    Parameters
    ----------
    n : int, default 900
        Number of sentences; a shorter telling is the beginning of a longer one.
    seed : int, default 1
        Two equal seeds give equal sentences, on every Python version and platform.

    Yields
    ------
    label : str
        One of `LABELS`, in turn.
    words : list of str
        Lower-case words without punctuation.
    """
    rng = random.Random(seed)
    lists = {
        name.lower(): Deck(rng, globals()[name].split())
        for name in ("GOOD", "BAD", "PLAIN", "LOVED", "HATED", "MET", "VERY")
    }
    lists["day"] = Deck(rng, DAYS.split())
    things = Deck(rng, [line.split() for line in THINGS.strip().split("\n")])
    rows = [line.split() for line in TEMPLATES.strip().split("\n")]
    templates = {label: Deck(rng, [row[1:] for row in rows if row[0] == label]) for label in LABELS}
    for i in range(n):
        label = LABELS[i % len(LABELS)]
        thing, part, other, *facts = things.draw()
        if rng.random() < 0.5:
            part, other = other, part
        fact = facts[int(rng.random() * len(facts))].split("_")
        filled = {"thing": [thing], "part": [part], "other": [other], "fact": fact}
        words: list[str] = []
        for token in templates[label].draw():
            new = [token]
            if token[0] == "{":
                new = filled.get(token[1:-1]) or [lists[token[1:-1]].draw(avoid=words)]
            if new[0][0] in "aeiou" and words and words[-1] == "a":
                words[-1] = "an"
            words += new
        yield label, words


def labelled(n: int = SENTENCES, seed: int = 1) -> list[tuple[str, str]]:
    """Return n different opinions.

    Parameters
    ----------
    n : int, default 900
        Number of sentences, equally many for each label.
    seed : int, default 1
        As in :func:`sentences`.

    Returns
    -------
    list of (label, sentence)

    Raises
    ------
    ValueError
        If there are not so many.
    """
    wanted = {label: (n + k) // len(LABELS) for label, k in zip(LABELS, (2, 1, 0), strict=True)}
    found: dict[str, str] = {}
    vain = 0  # sentences since the last new one
    for label, words in sentences(sys.maxsize, seed):
        text = " ".join(words)
        if text not in found and wanted[label]:
            found[text] = label
            wanted[label] -= 1
            vain = 0
        vain += 1
        if not any(wanted.values()):
            break
        if vain > ENOUGH:
            raise ValueError(f"there are not {n:,} different opinions; ask for fewer")
    return [(label, text) for text, label in found.items()]


def write(folder: str | Path) -> None:
    """Write ``opinions.tsv``, a label, a tab and a sentence a line, into an existing folder."""
    lines = [f"{label}\t{text}\n" for label, text in labelled()]
    (Path(folder) / "opinions.tsv").write_bytes("".join(lines).encode("ascii"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m w2v.opinions FOLDER", file=sys.stderr)
        sys.exit(2)
    write(sys.argv[1])

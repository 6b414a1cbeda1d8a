"""Short opinions with their label, +, - or 0: labelled sentences that come with the package.

Guests talk about films, soups, hotels. A sentence praises (+), complains (-) or merely reports
(0). Words alone do not settle it: "not bad" praises and "not good" complains, so that "not"
reverses what stands beside it, the XOR of the lecture in words; what is both good and bad is 0.

Sentences come in threes about one thing. The complaint is the praise with opposite words: nothing
but the words of opinion tells the two apart.

    python -m w2v.opinions corpora

writes ``opinions.tsv`` again, byte for byte.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from w2v.demos.report import with_whole_numbers
from w2v.demos.world import Deck
from w2v.files.storage import atomic_write

__all__ = ["LABELS", "labelled", "sentences", "write"]

LABELS = ("+", "-", "0")
ENOUGH = 1000  # sentences, none of them new, after which there will hardly be one
SENTENCES = 900  # of the file: different ones, a third of them with each label

# the name of a list, its entries; _ joins the words of one entry
WORDS = """
good good great lovely wonderful superb excellent fine nice friendly clean tasty delicious
good interesting beautiful perfect amazing fantastic pleasant helpful useful comfortable exciting
bad bad awful dull terrible poor dreadful disappointing horrible weak boring dirty rude ugly
bad slow cold useless unfriendly noisy uncomfortable unpleasant stupid annoying
love love like enjoy
hate hate dislike regret
loves loves likes enjoys
hates hates dislikes regrets
loved loved liked enjoyed
hated hated disliked regretted
happy happy satisfied pleased
angry unhappy angry disappointed
better better
worse worse
best best
worst worst
would would can
would_not would_not cannot
worth worth_the_price worth_a_visit worth_the_money
waste not_worth_the_price not_worth_a_visit a_waste_of_time too_long too_expensive too_loud
come_back will_come_back will_come_again
stay_away will_never_come_back want_our_money_back
plain usual ordinary average common standard plain
very very really quite so
met saw tried noticed mentioned compared described bought watched visited
is is was
are are were
not not never
isnt isn't wasn't is_not was_not is_never was_never
dont don't didn't do_not did_not
i i we they my_friends
we we they my_friends
she he she everyone my_sister
someone he she my_brother the_owner the_author
many people actors waiters rooms songs pages chairs guests
hero hero heroine protagonist villain
job doctor nurse sailor cook soldier lawyer coach
place spain paris london the_city the_village
hour seven eight ten noon
number two three four ten forty
day monday tuesday wednesday thursday friday saturday sunday
"""
OPPOSITE = {  # the list of praise, that of complaint; then the other way round
    "good": "bad",
    "love": "hate",
    "loves": "hates",
    "loved": "hated",
    "happy": "angry",
    "better": "worse",
    "best": "worst",
    "would": "would_not",
    "worth": "waste",
    "come_back": "stay_away",
}
OPPOSITE |= {b: a for a, b in OPPOSITE.items()}

# what is talked about, its parts, facts about it
THINGS = """
film music,ending,story lasts_two_hours starts_at_eight is_about_a_king was_made_in_spain
movie acting,plot,story_line is_two_hours_long came_out_in_june is_about_a_dog
book story,cover,style has_ninety_pages came_out_in_may is_about_a_sailor
hotel room,breakfast,bed has_forty_beds stands_near_the_station opens_in_april
restaurant food,waiter,kitchen serves_soup_and_fish is_in_the_city opens_at_noon
shop staff,choice,service sells_books_and_paper opens_at_seven is_on_the_left_side
soup taste,smell,look is_made_of_beans costs_four_coins comes_with_bread
concert singer,sound,hall takes_place_outside begins_after_dinner ends_at_ten
phone screen,battery,camera weighs_little came_in_a_box has_two_buttons
museum guide,garden,tour closes_at_five lies_by_the_river shows_old_maps
train seat,service,driver leaves_at_noon arrives_at_ten stops_in_paris has_six_cars
course teacher,lesson,content lasts_three_weeks takes_place_online is_held_in_english
"""

# templates of praise, those that stand twice are drawn twice as often; {good}, {bad} ... come from
# the lists above, in a complaint from the opposite list
PRAISE = """
{good}
{good}
{very} {good}
{good} and {good}
{good} {good} {good}
not {bad}
not {bad}
never {bad}
not {very} {bad}
not {bad} or {bad}
not {bad} at all
a {good} {thing}
what a {good} {thing}
the {part} {is} {good}
the {thing} {is} {good}
the {thing} {is} {very} {good}
the {part} of this {thing} {is} {good}
the {many} {are} {good}
however the {part} {is} {good}
it {is} {good} and {worth}
the {thing} is {worth}
{i} {love} the {good} {part}
{i} really {love} the {thing}
{i} {loved} the {part} and the {good} {other}
{she} {loves} this {good} {thing}
everybody {loved} this {good} {thing}
{she} {loved} it
{i} {loved} the {good} {thing} and {come_back}
{i} {come_back}
nobody {hated} the {thing}
i {would} recommend this {thing}
{we} {are} {very} {happy} with the {part}
{she} {isnt} {angry} with the {part}
the {part} {is} {good} and the {other} even {better}
{better} than the other {thing} and {worth}
the {best} {thing} in {place}
the {thing} {isnt} {bad}
the {part} {isnt} {bad}
the {part} {isnt} {bad}
the {many} {are} {not} {bad}
{i} {dont} {hate} the {part}
nothing {is} {bad}
everything {is} {good}
{good} {part} and {good} {other}
"""

# templates of what is neither praise nor complaint
NEITHER = """
the {thing}
this is a {thing}
the {thing} {fact}
it {fact}
on {day} {i} {met} the {thing}
the {part} of the {thing} {is} the {plain} one
a {plain} {thing}
the {plain} {part} of a {plain} {thing}
{i} {met} the {part} and the {other}
{she} {met} the {thing} on {day}
some say the {thing} {fact}
the {thing} is neither {good} nor {bad}
the {part} {is} {good} but the {other} {is} {bad}
the {part} {is} {bad} but the {other} {is} {good}
the {hero} used to be a {job}
{someone} {is} a {job}
{someone} lives in {place}
{someone} {is} {number} years old
there {are} {number} {many}
the {many} {are} in the {thing}
it opens at {hour} on {day}
it {is} {day}
however the {thing} {fact}
"""


@with_whole_numbers
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
        Lower-case words; the only punctuation is the apostrophe of isn't and the like.
    """
    rng = random.Random(seed)
    lists: dict[str, Deck] = {}
    for name, *entries in _rows(WORDS):
        lists.setdefault(name, Deck(rng, [])).items += entries
    things, praise, neither = (Deck(rng, _rows(table)) for table in (THINGS, PRAISE, NEITHER))
    for i in range(0, n, len(LABELS)):
        thing, parts, *facts = things.draw()
        part = Deck(rng, parts.split(","))
        # what the sentences have in common: all but words of opinion
        drawn = {"thing": thing, "part": part.draw(), "other": part.draw()}
        drawn["fact"] = Deck(rng, facts).draw()
        template = praise.draw()
        for label in LABELS[: n - i]:
            words: list[str] = []
            for token in neither.draw() if label == "0" else template:
                if token[0] == "{":
                    name = token[1:-1]
                    if name in OPPOSITE:
                        name = OPPOSITE[name] if label == "-" else name
                        token = lists[name].draw(avoid=words)
                    else:
                        token = drawn[name] = drawn.get(name) or lists[name].draw()
                # letters stand in for sounds: no word of the tables is an "hour"
                vowel = token[0] in "aeiou" and not token.startswith("us")
                if vowel and words and words[-1] == "a":
                    words[-1] = "an"
                words += token.split("_")
            yield label, words


def _rows(table: str) -> list[list[str]]:
    """Return the words of each line."""
    return [line.split() for line in table.strip().split("\n")]


@with_whole_numbers
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
    with atomic_write(Path(folder) / "opinions.tsv") as file:
        file.write("".join(lines).encode("ascii"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m w2v.opinions FOLDER", file=sys.stderr)
        sys.exit(2)
    write(sys.argv[1])

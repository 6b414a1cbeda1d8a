"""A small world in simple English: the corpus that comes with the package.

Every sentence is a template filled from the tables below. What a word means is planted only in
the company it keeps, the way real text does it: ``paris`` and ``france`` share the words that
belong to the place (french, seine, wine), ``paris`` and ``madrid`` share the words that belong
to a city (mayor, streets, station). The difference between two roles is then the same for every
entity, so the analogies that a trained model should recover are known by construction.

    python -m w2v.world corpora

writes ``world.txt`` and ``questions-world.txt`` again, byte for byte.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

from w2v.demos.report import with_whole_numbers
from w2v.files.storage import atomic_write

__all__ = ["TOY", "categories", "questions", "sentences", "write"]

SENTENCES = 14000  # a corpus of about 0.6 MB, small enough to train on in seconds

# The lecture's toy corpus: after training, P(rain | heavy) and P(shower | light) are largest.
TOY = [["heavy", "rain"], ["light", "shower"]]

# What `python -m w2v demo` trains and prints.
DEMO_SETTINGS: dict[str, Any] = {"vector_size": 50, "epochs": 20}
DEMO_WORDS = ("paris", "france", "king", "teacher", "dog", "bread", "red", "monday")
DEMO_ANALOGIES = (
    ("france", "paris", "japan"),
    ("man", "woman", "king"),
    ("king", "queen", "uncle"),
    ("dog", "dogs", "lion"),
    ("book", "books", "car"),
    ("big", "bigger", "loud"),
    ("cold", "coldest", "tall"),
    ("france", "french", "greece"),
)

# --- the tables: one entity a line -------------------------------------------------------------

# capital, country, adjective, a place to see in the capital ("the" goes before it), a product
NATIONS = """
paris france french seine wine
london england english thames wool
berlin germany german spree beer
rome italy italian tiber marble
madrid spain spanish prado saffron
moscow russia russian kremlin wheat
budapest hungary hungarian danube paprika
cairo egypt egyptian nile cotton
tokyo japan japanese sumida cameras
beijing china chinese hutongs silk
athens greece greek acropolis olives
stockholm sweden swedish vasa steel
oslo norway norwegian fjord salmon
lima peru peruvian andes silver
ottawa canada canadian rideau syrup
dublin ireland irish liffey linen
nairobi kenya kenyan savanna tea
havana cuba cuban malecon sugar
"""

# a man and a woman in the same part, where they are found, two things of theirs
PEOPLE = """
king queen palace crown sceptre
prince princess castle carriage sword
man woman office umbrella briefcase
boy girl school backpack homework
father mother nursery cradle rattle
son daughter playground kite marbles
brother sister bedroom pillow diary
uncle aunt cottage postcards basket
grandfather grandmother parlour slippers spectacles
husband wife bungalow roses suitcase
actor actress theatre script costume
waiter waitress restaurant tray apron
"""

# one animal and more, what it does, where, what it eats
ANIMALS = """
dog dogs barking kennel bones
cat cats purring sofa tuna
horse horses galloping stable hay
cow cows grazing meadow clover
pig pigs grunting sty acorns
duck ducks quacking pond crumbs
rabbit rabbits hopping burrow carrots
bear bears growling den berries
lion lions roaring lair meat
monkey monkeys chattering treetops bananas
frog frogs croaking swamp flies
elephant elephants trumpeting jungle leaves
"""

# one thing and more, where it is found, a part of it, what was done to it
THINGS = """
book books library pages printed
boat boats harbour sails anchored
car cars garage wheels parked
clock clocks hallway hands repaired
house houses village chimneys built
shoe shoes closet laces polished
guitar guitars studio strings tuned
letter letters mailbox stamps posted
"""

# positive, comparative, superlative, three nouns that have the quality
QUALITIES = """
big bigger biggest whale stadium planet
small smaller smallest ant pebble seed
fast faster fastest rocket arrow falcon
slow slower slowest snail cart turtle
hot hotter hottest oven desert stove
cold colder coldest winter glacier freezer
loud louder loudest drum thunder siren
tall taller tallest tower giraffe skyscraper
deep deeper deepest ocean canyon lake
heavy heavier heaviest anvil hammer rock
dark darker darkest cave shadow tunnel
sharp sharper sharpest knife needle blade
"""

# a job and where it is done
JOBS = """
teacher classroom
doctor hospital
dentist clinic
baker bakery
pilot cockpit
lawyer court
engineer factory
gardener greenhouse
scientist laboratory
"""

FOODS = "bread cheese soup rice pasta salad cake pizza potatoes beans eggs pancakes"
COLOURS = "red blue green yellow white black brown pink purple grey"
DAYS = "monday tuesday wednesday thursday friday saturday sunday"
MEALS = "breakfast lunch dinner"
MEN = "john peter david tom"
WOMEN = "mary anna emma lucy"
HE, SHE = "he his himself", "she her herself"

# --- the templates: {field} is drawn from the entity's row ---------------------------------------

CITY = """
the mayor of {city} lives near the {site}
the streets of {city} are full of {adjective} shops
the train to {city} was full of {adjective} students
our hotel in {city} is close to the {site}
the airport of {city} is far from the {site}
shops in downtown {city} sell {product} every day
the bus from {city} station stops at the {site}
we took a taxi across {city} to see the {site}
the {adjective} mayor opened a museum in downtown {city}
a street market in {city} sells {adjective} {product}
the traffic in {city} is bad near the {site}
shops at {city} airport sell {adjective} {product}
"""

COUNTRY = """
the {adjective} army guards the border of {country}
the economy of {country} gains from {product}
the nation of {country} exports {product} abroad
the {adjective} flag waves all over {country}
the government of {country} protects the {site}
the whole nation of {country} is proud of the {site}
guards at the border of {country} found {adjective} {product}
the {adjective} people love {country} and its flag
the map of {country} shows the {site}
a treaty with {country} lowered the tax on {product}
you need a passport to enter {country} and see the {site}
the army of {country} guards the {site}
"""

NATIONALITY = """
a {adjective} singer wrote songs about the {site}
the {adjective} poet wrote a poem about the {site}
the best {adjective} novels tell of {product} and love
{adjective} songs tell of love and {product}
a {adjective} painter made pictures of the {site}
he learned the {adjective} word for {product}
my {adjective} friend sent me {product} as a gift
my {adjective} friend reads novels near the {site}
she learned a {adjective} poem about {product}
a {adjective} singer told me about the {site}
"""

CAPITAL = """
{city} is the capital of {country}
the capital of {country} is called {city}
"""

PERSON = """
the {noun} left {his} {thing} in the {place}
the {noun} says that {he} lost {his} {thing}
{name} is a {noun} and {he} is waiting in the {place}
the {noun} found {himself} alone in the {place}
we saw the {noun} in the {place} with {his} {thing}
when the {noun} came to the {place} {he} was smiling
the {noun} called {name} is proud of {his} {thing}
every {noun} takes care of {his} {thing}
that {noun} keeps the {thing} for {himself}
{name} the {noun} cleaned the {place} {himself}
{he} told {name} that the {noun} had lost the {thing}
the {noun} showed {name} {his} {thing} in the {place}
"""

ANIMAL = """
a {noun} is {doing} near the {place}
one {noun} was {doing} at night
the {noun} eats its {food} near the {place}
this {noun} is an animal that eats {food}
a hungry {noun} was looking for {food}
the vet gave one hungry {noun} some {food}
each {noun} has its favourite {place}
a {noun} was {doing} near the {place} today
the keeper feeds {food} to a {noun}
this {noun} is a healthy animal
the vet and the keeper looked at a {noun}
"""

ANIMALS_MANY = """
two {noun} are {doing} near the {place}
many {noun} were {doing} at night
the {noun} eat their {food} near the {place}
these {noun} are animals that eat {food}
three hungry {noun} were looking for {food}
the vet gave two hungry {noun} some {food}
all {noun} have their favourite {place}
many {noun} were {doing} near the {place} today
the keeper feeds {food} to three {noun}
these {noun} are healthy animals
the vet and the keeper looked at many {noun}
"""

THING = """
a {noun} was {done} near the {place}
there is one {noun} in the {place}
this {noun} has new {part}
the {noun} in the {place} was {done} recently
i want a {noun} and its {part}
each {noun} has its own {part}
this {noun} was {done} by a neighbour
a {noun} without {part} was seen in the {place}
"""

THINGS_MANY = """
two {noun} were {done} near the {place}
there are many {noun} in the {place}
these {noun} have new {part}
the {noun} in the {place} were {done} recently
i want two {noun} and their {part}
all {noun} have their own {part}
these {noun} were {done} by a neighbour
many {noun} without {part} were seen in the {place}
"""

POSITIVE = """
the {noun} is very {quality}
a {noun} can be so {quality}
the {noun} looks quite {quality} today
it was a very {quality} {noun}
the {noun} is too {quality} for me
the {noun} and the {noun} are both quite {quality}
i think that a {noun} is so {quality}
"""

COMPARATIVE = """
this {noun} is {quality} than that {noun}
the {noun} is much {quality} than before
a {noun} is even {quality} than a {noun}
nothing here is {quality} than the {noun}
the second {noun} is a bit {quality} than the first
i think the {noun} is {quality} than the {noun}
we need a much {quality} {noun} than this
"""

SUPERLATIVE = """
this is the {quality} {noun} in the world
everybody remembers the {quality} {noun} of all
that {noun} was the {quality} i have ever seen
they showed us the {quality} {noun} of them all
we have seen the {quality} {noun} in the world
nobody has ever found the {quality} {noun} of all
"""

FOOD = """
we ate {food} for {meal} on {day}
she cooked {food} with {food} for {meal}
the children like {food} and {food}
he ordered a plate of {food} for {meal}
the kitchen smelled of fresh {food}
they cooked {food} with salt and pepper
the children ate {food} from one plate
"""

COLOUR = """
the wall was painted {colour} on {day}
she wore a {colour} dress and a {colour} coat
he wore a {colour} shirt and a {colour} coat
we bought {colour} paint for the wall
the artist mixed {colour} and {colour} paint
her favourite colour is {colour}
his favourite colour is {colour}
"""

JOB = """
the {job} works in the {place} on {day}
my neighbour wants to become a {job}
she earns her money as a {job} in the {place}
he earns his money as a {job} in the {place}
a {job} needs years of training
the {job} starts work in the {place} on {day}
they need a {job} for the {place}
"""


class Family(NamedTuple):
    """Entities that share their templates.

    ``share`` is the family's part of the corpus, in sentences out of the sum of all shares; a row
    gives, for each field of the templates, the words that may fill it.
    """

    share: int
    rows: list[dict[str, list[str]]]
    templates: str


def _table(text: str) -> list[list[str]]:
    return [line.split() for line in text.split("\n") if line]


def _one_each(fields: str, words: Sequence[str]) -> dict[str, list[str]]:
    return {field: [word] for field, word in zip(fields.split(), words, strict=True)}


def _families() -> list[Family]:
    nations = [_one_each("city country adjective site product", row) for row in _table(NATIONS)]
    people = []
    for man, woman, place, *belongings in _table(PEOPLE):
        for noun, pronouns, names in ((man, HE, MEN), (woman, SHE, WOMEN)):
            person = _one_each("he his himself noun place", (*pronouns.split(), noun, place))
            people.append(person | {"name": names.split(), "thing": belongings})
    days = DAYS.split()
    jobs = [_one_each("job place", row) | {"day": days} for row in _table(JOBS)]
    food = {"food": FOODS.split(), "meal": MEALS.split(), "day": days}
    colour = {"colour": COLOURS.split(), "day": days}
    families = [
        Family(160, nations, CITY),
        Family(160, nations, COUNTRY),
        Family(100, nations, NATIONALITY),
        Family(20, nations, CAPITAL),
        Family(220, people, PERSON),
        Family(50, jobs, JOB),
        Family(40, [food], FOOD),
        Family(35, [colour], COLOUR),
    ]
    for share, table, fields, one, many in (
        (75, ANIMALS, "noun doing place food", ANIMAL, ANIMALS_MANY),
        (65, THINGS, "noun place part done", THING, THINGS_MANY),
    ):
        for number, templates in enumerate((one, many)):
            rows = [_one_each(fields, (row[number], *row[2:])) for row in _table(table)]
            families.append(Family(share, rows, templates))
    for degree, templates in enumerate((POSITIVE, COMPARATIVE, SUPERLATIVE)):
        qualities = [{"quality": [row[degree]], "noun": row[3:]} for row in _table(QUALITIES)]
        families.append(Family(100, qualities, templates))
    return families


class Deck:
    """Items drawn without replacement and dealt again when used up, so that counts stay even.

    Only ``Random.random`` is called: it is the one method whose stream Python promises to keep.
    """

    def __init__(self, rng: random.Random, items: Sequence[Any]) -> None:
        self.rng = rng
        self.items = list(items)
        self.left: list[Any] = []

    def draw(self, avoid: Sequence[Any] = ()) -> Any:
        """Draw the next item that is not among ``avoid``."""
        for _ in range(2):
            for at in range(len(self.left) - 1, -1, -1):
                if self.left[at] not in avoid:
                    return self.left.pop(at)
            shuffled = self.items[:]
            for i in range(len(shuffled) - 1, 0, -1):
                j = int(self.rng.random() * (i + 1))
                shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
            self.left = shuffled + self.left
        raise ValueError(f"no word of {self.items} is left for the sentence {avoid}")


class _Teller:
    """Tells sentences of one family: which entity, which template, which words."""

    def __init__(self, rng: random.Random, family: Family) -> None:
        templates = _table(family.templates)
        self.rows = Deck(rng, range(len(family.rows)))
        self.templates = [Deck(rng, templates) for _ in family.rows]
        self.fields = [{f: Deck(rng, words) for f, words in row.items()} for row in family.rows]

    def tell(self) -> list[str]:
        row = self.rows.draw()
        sentence: list[str] = []
        for token in self.templates[row].draw():
            if token[0] == "{":
                token = self.fields[row][token[1:-1]].draw(avoid=sentence)
            # letters stand in for sounds: no word of the tables is an "hour" or a "uniform"
            if token[0] in "aeiou" and sentence and sentence[-1] == "a":
                sentence[-1] = "an"
            sentence.append(token)
        return sentence


@with_whole_numbers
def sentences(n: int = SENTENCES, seed: int = 1) -> Iterator[list[str]]:
    """Tell the world, one sentence at a time.

    Parameters
    ----------
    n : int, default 14000
        Number of sentences; a shorter telling is the beginning of a longer one.
    seed : int, default 1
        Two equal seeds give equal sentences, on every Python version and platform.

    Yields
    ------
    list of str
        Lower-case words without punctuation.
    """
    rng = random.Random(seed)
    tellers = []
    shares: list[int] = []
    for i, family in enumerate(_families()):
        tellers.append(_Teller(rng, family))
        shares += [i] * family.share
    turns = Deck(rng, shares)
    for _ in range(n):
        yield tellers[turns.draw()].tell()


def questions() -> dict[str, list[tuple[str, str, str, str]]]:
    """Return the planted analogies: a is to b as c is to d.

    Returns
    -------
    dict
        Section to its questions (a, b, c, d). The sections are named as in Google's set, those
        of the syntactic kind begin with "gram"; each holds every ordered pair of its relations.
    """
    pairs = {
        "capital-common-countries": [(row[0], row[1]) for row in _table(NATIONS)],
        "family": [(row[0], row[1]) for row in _table(PEOPLE)],
        "gram3-comparative": [(row[0], row[1]) for row in _table(QUALITIES)],
        "gram4-superlative": [(row[0], row[2]) for row in _table(QUALITIES)],
        "gram6-nationality-adjective": [(row[1], row[2]) for row in _table(NATIONS)],
        "gram8-plural": [(row[0], row[1]) for row in _table(ANIMALS) + _table(THINGS)],
    }
    return {
        section: [first + second for first, second in permutations(known, 2)]
        for section, known in pairs.items()
    }


def categories() -> dict[str, list[str]]:
    """Return the kinds of words whose members should be found among each other's neighbours.

    Returns
    -------
    dict
        Kind ("animals", "foods", "colours", "jobs", "days", "capitals", "countries") to its
        words.
    """
    return {
        "animals": [word for row in _table(ANIMALS) for word in row[:2]],
        "foods": FOODS.split(),
        "colours": COLOURS.split(),
        "jobs": [row[0] for row in _table(JOBS)],
        "days": DAYS.split(),
        "capitals": [row[0] for row in _table(NATIONS)],
        "countries": [row[1] for row in _table(NATIONS)],
    }


def write(folder: str | Path) -> None:
    """Write ``world.txt``, ``toy.txt`` and ``questions-world.txt`` into an existing folder."""
    folder = Path(folder)
    files = {
        "world.txt": [" ".join(sentence) for sentence in sentences()],
        "toy.txt": [" ".join(sentence) for sentence in TOY],
        "questions-world.txt": [
            line
            for section, asked in questions().items()
            for line in (f": {section}", *(" ".join(question) for question in asked))
        ],
    }
    for name, lines in files.items():
        with atomic_write(folder / name) as file:
            file.write(("\n".join(lines) + "\n").encode("ascii"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m w2v.world FOLDER", file=sys.stderr)
        sys.exit(2)
    write(sys.argv[1])

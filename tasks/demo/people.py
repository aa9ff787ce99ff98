"""Invented customers, and how they sign what they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tasks.demo.grammar import pick

CUSTOMERS = 2600
_SIGNED_SHARE = 0.08
# number ranges that the British regulator keeps free for drama; addresses end in a domain that cannot exist
_PHONES = ("020 7946 0{:03d}", "+44 20 7946 0{:03d}", "(020) 7946 0{:03d}")
_FIRST_NAMES = (
    "Moira", "Ailsa", "Callum", "Duncan", "Fenella", "Gareth", "Harriet", "Imogen", "Jasper", "Kirsty", "Lachlan", "Maeve", "Niamh",
    "Oswin", "Priya", "Quentin", "Rowena", "Sanjay", "Tamsin", "Una", "Verity", "Wilfred", "Yusuf", "Zofia", "Bronwen", "Cedric",
)  # fmt: skip
_SURNAMES = (
    "Tolland", "Pennick", "Braithwen", "Okonjo", "Ferrowby", "Garrick", "Haldane", "Iversley", "Jorvik", "Kelham", "Lorimer", "Mistrall",
    "Nethercot", "Osgathorpe", "Pellingham", "Quarrington", "Ravenhall", "Skelbrooke", "Thirlby", "Ullathorne", "Vasanth", "Wycherley",
    "Yelverton", "Zielak", "Ardenshaw", "Birtwhistle", "Culverhay", "Dunstanley", "Eskdaleby", "Fothergill",
)  # fmt: skip
_SIGNATURES: tuple[tuple[str, Literal["emails", "phones", "names"]], ...] = (
    ("Please answer to {}.", "emails"),
    ("You can write to me at {}.", "emails"),
    ("My number is {}.", "phones"),
    ("Ring me on {} in the daytime.", "phones"),
    ("Regards, {}", "names"),
    ("Yours sincerely,\n{}", "names"),
    ("My name is {} and the booking is under that name.", "names"),
)

Planted = tuple[Literal["emails", "phones", "names"], str]


@dataclass(frozen=True)
class Person:
    """A customer; number, address and telephone belong to nobody."""

    number: str
    name: str
    email: str
    phone: str


def people(rng: np.random.Generator) -> tuple[Person, ...]:
    """Return all customers of the operator, each under its own number."""
    return tuple(_person(index, rng) for index in range(CUSTOMERS))


def sign(text: str, person: Person, rng: np.random.Generator) -> tuple[str, Planted | None]:
    """Return the text, signed by some with personal data, and what of it must be masked."""
    if rng.random() >= _SIGNED_SHARE:
        return text, None
    phrase, kind = pick(_SIGNATURES, rng)
    value = {"emails": person.email, "phones": person.phone, "names": person.name}[kind]
    return f"{text} {phrase.format(value)}", (kind, value)


def _person(index: int, rng: np.random.Generator) -> Person:
    first, last = pick(_FIRST_NAMES, rng), pick(_SURNAMES, rng)
    phone = pick(_PHONES, rng).format(int(rng.integers(1000)))
    return Person(f"K{10_000 + index}", f"{first} {last}", f"{first}.{last}{index}@post.example".lower(), phone)

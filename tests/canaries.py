"""A thousand pieces of personal data that are nobody's, made by Faker, each kind in many written forms.

A canary's `marks` are what may not be left of it, half-masked either: runs of its digits, or its letters in lower case.
"""

from __future__ import annotations

import random
import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faker import Faker

SEED = 20260707
LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL")
CARD_BRANDS = ("visa16", "mastercard", "amex", "discover", "jcb16", "diners")
_MARK_DIGITS = 6  # no ordinary number of the test texts is as long


@dataclass(frozen=True)
class Canary:
    """One secret as somebody wrote it: `text`; what gives it away: `marks` (digits alone, or letters in lower case)."""

    kind: str
    form: int
    text: str
    marks: tuple[str, ...]


def canaries(count: int = 1000) -> list[Canary]:
    """Return the canaries, the same ones on every call, the kinds and their forms in turn."""
    fakers = {locale: _faker(locale, number) for number, locale in enumerate(LOCALES)}
    chance = random.Random(SEED)
    makers = [make(fakers, chance) for make in (_mails, _phones, _cards, _ibans, _insured, _nationals, _handles, _links)]
    return [next(makers[number % len(makers)]) for number in range(count)]


def found_in(text: str, all_canaries: list[Canary]) -> list[Canary]:
    """Return the canaries of which something is left in a text."""
    letters = _letters(text)
    digits = re.sub(r"[^\d]+", "", letters)
    return [canary for canary in all_canaries if any(mark in (digits if mark.isdigit() else letters) for mark in canary.marks)]


def _faker(locale: str, number: int) -> Faker:
    faker = Faker(locale)
    faker.seed_instance(SEED + number)
    return faker


def _letters(text: str) -> str:
    """Return the text in lower case as Unicode's compatibility form has it, without characters that cannot be seen."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(str(unicodedata.decimal(character, character)) for character in plain if unicodedata.category(character) != "Cf")


def _runs(text: str) -> tuple[str, ...]:
    """Return every stretch of six digits of a number: a half of it is enough to give it away."""
    digits = re.sub(r"\D", "", _letters(text))
    return tuple(digits[start : start + _MARK_DIGITS] for start in range(len(digits) - _MARK_DIGITS + 1))


def _in_forms(kind: str, value: Callable[[], tuple[str, tuple[str, ...]]], forms: list[Callable[[str], str]]) -> Iterator[Canary]:
    form = 0
    while True:
        plain, marks = value()
        yield Canary(kind, form % len(forms), forms[form % len(forms)](plain), marks)
        form += 1


def _grouped(sizes: tuple[int, ...], sign: str) -> Callable[[str], str]:
    def write(digits: str) -> str:
        parts, start = [], 0
        for size in sizes:
            parts.append(digits[start : start + size])
            start += size
        return sign.join(part for part in [*parts, digits[start:]] if part)

    return write


def _full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if character.isdigit() or character == "@" else character for character in text)


def _arabic(text: str) -> str:
    return text.translate({ord("0") + digit: chr(0x660 + digit) for digit in range(10)})


def _invisible(text: str) -> str:
    return "\u200b".join(text)


def _mails(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    def value() -> tuple[str, tuple[str, ...]]:
        faker = fakers[chance.choice(LOCALES)]
        local = f"{faker.user_name()}.{''.join(chance.choices(string.ascii_lowercase, k=6))}"
        return f"{local}@{faker.domain_name()}", (local,)

    forms: list[Callable[[str], str]] = [
        str,
        str.upper,
        lambda mail: f"<mailto:{mail}>",
        lambda mail: mail.replace("@", " (at) ").replace(".", " (dot) "),
        lambda mail: mail.replace("@", "[at]"),
        lambda mail: mail.replace("@", " at ").rpartition(".")[0] + " dot " + mail.rpartition(".")[2],
        lambda mail: mail.replace("@", " @ "),
        _full_width,
        lambda mail: f"https://shop.example/unsubscribe/{mail.replace('@', '%40')}",
        lambda mail: f'"{mail.partition("@")[0]}"@{mail.partition("@")[2]}',
        _invisible,
        lambda mail: mail.replace("@", "&#64;"),
    ]
    makes = _in_forms("email", value, forms)
    for canary in makes:
        spelt = tuple(mark.replace(".", " (dot) ") for mark in canary.marks) if canary.form == 3 else canary.marks
        yield Canary(canary.kind, canary.form, canary.text, (*canary.marks, *spelt))


def _phones(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    """Yield numbers of seven countries; Faker's own are often none (wrong length), so its digits go into each country's forms."""

    def value() -> tuple[str, tuple[str, ...]]:
        number = fakers["en_US"].numerify("%##%%##%%#")  # ten digits, as many as most national numbers have
        return "6" + number[1:3] + "5" + number[4:], _runs("6" + number[1:3] + "5" + number[4:])

    forms: list[Callable[[str], str]] = [
        lambda digits: f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
        lambda digits: f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
        lambda digits: f"{digits[:3]}.{digits[3:6]}.{digits[6:]}",
        lambda digits: f"+1 {digits[:3]} {digits[3:6]} {digits[6:]}",
        lambda digits: f"tel. {digits}",
        lambda digits: f"0044 {digits[:2]} {digits[2:6]} {digits[6:]}",
        lambda digits: f"0{digits[:4]} {digits[4:]}",
        lambda digits: f"+49 (0){digits[:3]} / {digits[3:6]} {digits[6:8]} - {digits[8:]}",
        lambda digits: f"+33 {digits[0]} {digits[1:3]} {digits[3:5]} {digits[5:7]} {digits[7:]}",
        lambda digits: f"0{digits[:3]}/{digits[3:]}",
        lambda digits: f"{digits[:3]}\u2011{digits[3:6]}\u2013{digits[6:]} ext. 12",
        lambda digits: f"{digits[:3]}\u00a0{digits[3:6]}\u202f{digits[6:]}",
        lambda digits: _full_width(f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"),
        lambda digits: _arabic(f"+1{digits}"),
        lambda digits: _invisible(f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"),
        lambda digits: f"call me on {' '.join(digits)}",
    ]
    return _in_forms("phone", value, forms)


def _cards(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    def value() -> tuple[str, tuple[str, ...]]:
        digits = fakers["en_US"].credit_card_number(card_type=chance.choice(CARD_BRANDS))
        return digits, _runs(digits)

    fours = (4, 4, 4, 4)
    forms: list[Callable[[str], str]] = [
        str,
        _grouped(fours, " "),
        _grouped(fours, "-"),
        _grouped(fours, "."),
        _grouped(fours, "\u00a0"),
        _grouped((4, 6, 5), " "),
        lambda digits: f"{_grouped(fours, ' ')(digits)} 12/27 123",
        _full_width,
        lambda digits: _arabic(_grouped(fours, " ")(digits)),
        "\u200d".join,
        _grouped(fours, " - "),
    ]
    return _in_forms("card", value, forms)


def _ibans(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    def value() -> tuple[str, tuple[str, ...]]:
        number = fakers[chance.choice(LOCALES[1:])].iban()
        return number, (number.lower(), *_runs(number[4:] if number[4:].isdigit() else number[-10:]))

    fours = (4, 4, 4, 4, 4, 4, 4)
    forms: list[Callable[[str], str]] = [
        str,
        str.lower,
        _grouped(fours, " "),
        _grouped(fours, "-"),
        lambda number: _grouped(fours, " ")(number.lower()),
        _grouped(fours, "\u00a0"),
        _full_width,
        lambda number: f"IBAN:{number}",
        _invisible,
    ]
    return _in_forms("iban", value, forms)


def _insured(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    def value() -> tuple[str, tuple[str, ...]]:
        digits = fakers["en_US"].ssn().replace("-", "")
        return digits, _runs(digits)

    threes = (3, 2, 4)
    forms: list[Callable[[str], str]] = [
        _grouped(threes, "-"),
        _grouped(threes, " "),
        _grouped(threes, "."),
        _grouped(threes, "\u2013"),
        lambda digits: f"SSN {digits}",
        lambda digits: f"social security number is {digits}",
        lambda digits: _full_width(_grouped(threes, "-")(digits)),
        lambda digits: _invisible(_grouped(threes, "-")(digits)),
    ]
    return _in_forms("ssn", value, forms)


def _nationals(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    """Yield British, Italian and Spanish numbers in turn: letters and digits, or a check letter."""

    def value() -> tuple[str, tuple[str, ...]]:
        kind = chance.randrange(3)
        if kind == 0:
            number = (
                f"{chance.choice('ABCEHJLMPRSW')}{chance.choice('ABCEHJLMPRSW')}{chance.randrange(10**5, 10**6)}{chance.choice('ABCD')}"
            )
        else:
            number = fakers["it_IT"].ssn() if kind == 1 else fakers["es_ES"].nif()
        return number, (number.lower(), *_runs(number))

    forms: list[Callable[[str], str]] = [
        str,
        str.lower,
        lambda number: f"({number})",
        _full_width,
        _invisible,
        lambda number: f"my number is:{number}.",
    ]
    return _in_forms("national", value, forms)


def _handles(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    def value() -> tuple[str, tuple[str, ...]]:
        name = f"{fakers['en_US'].user_name()}_{''.join(chance.choices(string.ascii_lowercase, k=6))}"
        return name, (name,)

    forms: list[Callable[[str], str]] = [
        lambda name: f"@{name}",
        lambda name: f".@{name}",
        lambda name: f"(@{name.upper()})",
        lambda name: f"\uff20{name}",
        lambda name: f"@{name}'s",
        lambda name: f"https://social.example/@{name}",
    ]
    return _in_forms("handle", value, forms)


def _links(fakers: dict[str, Faker], chance: random.Random) -> Iterator[Canary]:
    def value() -> tuple[str, tuple[str, ...]]:
        secret = f"{fakers['en_US'].sha1()[:18]}{chance.randrange(10**6)}z"
        return secret, (secret,)

    forms: list[Callable[[str], str]] = [
        lambda secret: f"https://shop.example/reset?token={secret}",
        lambda secret: f"http://user:{secret}@shop.example/",
        lambda secret: f"https://files.example/d/{secret}/invoice.pdf",
        lambda secret: f"www.shop.example/login?session={secret}",
        lambda secret: f"https://shop.example/#key={secret}",
        lambda secret: f"(https://s3.example/b/o?Expires=1&Signature={secret})",
    ]
    return _in_forms("url", value, forms)

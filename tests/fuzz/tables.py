"""Small good tables for the fuzzer, and what can go wrong with one before it is written to a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

COLUMNS = ("id", "when", "due", "done", "place", "words", "unused")
NEEDED = COLUMNS[:-1]
_SAID = (
    "nobody at the counter could tell us when the next boat would leave",
    "the lounge was cold, dirty and closed half an hour before departure",
    'your clerk said "come back tomorrow" and shut the window in our faces',
    "paid twice; the site hung | and no refund has come since then\tnot one cent",
    "Überfüllt, laut, verspätet – und das Café hatte längst zu, très décevant",
    "First line of a long letter.\nSecond line of it.\nThird, with kind regards",
    "we waited\r\nfor two hours in the rain, and then were sent home again",
)
_STRANGE = (
    *("=1+1", "=HYPERLINK(1)", "+49", "-", "@x", "#REF!", "NaN", "NULL", "Infinity", "1e400", "-1", "\u0663", "x" * 300),
    *("31.02.2026", "2026-02-30", "99999-01-01", "0000-00-00", "2026-03-29 02:30", "2026-03-08 02:30"),
    *("\u202e", "\ufeff", "  ", "'", '""', "\\", "\\N"),
)


@dataclass
class Table:
    """Rows as they will be written; `touched`: rows of which nothing is promised any more; `tokens`: what each row can be found by."""

    header: list[str]
    rows: list[list[str]]
    tokens: list[str]
    touched: set[int] = field(default_factory=set)
    is_header_sound: bool = True


def good_table(chance: Random) -> Table:
    """Return a table of a few rows, each with a token of its own in its id and in its words."""
    count = chance.choice((1, 2, 5, 12, 30))
    tokens = [f"T{chance.getrandbits(40):011x}K{number}" for number in range(count)]
    return Table(list(COLUMNS), [_row(chance, token) for token in tokens], tokens)


def _row(chance: Random, token: str) -> list[str]:
    day = f"2026-{chance.randint(1, 4):02d}-{chance.randint(1, 28):02d}"
    said = f"{chance.choice(_SAID)} {token}"
    return [token, f"{day} 10:00", chance.choice(("", f"{day} 18:00")), "", chance.choice(("counter", "site", "lounge", "")), said, "x"]


def _without_column(chance: Random, table: Table) -> None:
    gone = chance.randrange(len(COLUMNS))
    for row in (table.header, *table.rows):
        del row[gone]


def _columns_moved(chance: Random, table: Table) -> None:
    order = chance.sample(range(len(COLUMNS)), len(COLUMNS))
    for row in (table.header, *table.rows):
        row[:] = [row[place] for place in order]


def _names_swapped(chance: Random, table: Table) -> None:
    one, other = chance.sample(range(len(COLUMNS)), 2)
    table.header[one], table.header[other] = table.header[other], table.header[one]


def _name_twice(chance: Random, table: Table) -> None:
    table.header[chance.randrange(len(COLUMNS))] = chance.choice(COLUMNS)


def _name_strange(chance: Random, table: Table) -> None:
    table.header[chance.randrange(len(COLUMNS))] = chance.choice(("", " id ", "ID", "=id", "id\n", "words " * 60, "é", '"'))


def _header_again(chance: Random, table: Table) -> None:
    for _ in range(chance.choice((1, 2))):
        _insert(table, chance.randint(0, len(table.rows)), list(table.header))


def _header_gone(_chance: Random, table: Table) -> None:
    table.header, table.is_header_sound = table.rows[0], False
    _drop(table, 0)


def _row_of_other_length(chance: Random, table: Table) -> None:
    number = chance.randrange(len(table.rows))
    row = table.rows[number]
    if chance.random() < 0.5:
        row += ["more"] * chance.choice((1, 3, 50))
    else:
        del row[chance.randint(1, len(row) - 1) :]
    table.touched.add(number)


def _empty_row(chance: Random, table: Table) -> None:
    _insert(table, chance.randint(0, len(table.rows)), chance.choice(([], [""], [""] * len(COLUMNS), [" "])))


def _row_twice(chance: Random, table: Table) -> None:
    _insert(table, chance.randint(0, len(table.rows)), list(chance.choice(table.rows)))


def _no_rows(_chance: Random, table: Table) -> None:
    table.rows, table.tokens, table.touched = [], [], set()


def _spreadsheet_ids(chance: Random, table: Table) -> None:
    for number, row in enumerate(table.rows):
        row[0] = chance.choice(("5.7E+17", "1.01003E+11", "570000000000000000"))
        table.touched.add(number)


def _strange_values(chance: Random, table: Table) -> None:
    for _ in range(chance.choice((1, 3))):
        number = chance.randrange(len(table.rows))
        row = table.rows[number]
        row[chance.randrange(len(row))] = chance.choice(_STRANGE)
        table.touched.add(number)


def _huge_field(chance: Random, table: Table) -> None:
    row = chance.choice(table.rows)
    row[chance.choice((len(row) - 1, len(row) // 2))] += "long " * chance.choice((30_000, 600_000))


def _many_columns(chance: Random, table: Table) -> None:
    more = chance.choice((500, 5_000))
    table.header += [f"c{number}" for number in range(more)]
    for row in table.rows:
        row.extend([""] * more)


def _insert(table: Table, place: int, row: list[str]) -> None:
    table.rows.insert(place, row)
    table.tokens.insert(place, "")
    table.touched = {number + (number >= place) for number in table.touched}


def _drop(table: Table, place: int) -> None:
    del table.rows[place], table.tokens[place]
    table.touched = {number - (number > place) for number in table.touched if number != place}


Damage = Callable[[Random, Table], None]
COMMON: tuple[Damage, ...] = (
    _without_column,
    _columns_moved,
    _names_swapped,
    _name_twice,
    _name_strange,
    _header_again,
    _header_gone,
    _row_of_other_length,
    _empty_row,
    _row_twice,
    _no_rows,
    _spreadsheet_ids,
    _strange_values,
)
RARE: tuple[Damage, ...] = (_huge_field, _many_columns)


def damage_table(chance: Random, table: Table) -> str:
    """Do one thing to a table, and return what."""
    if not table.rows or len(table.header) < len(COLUMNS):
        return "nothing"
    damage = chance.choice(RARE) if chance.random() < 0.02 else chance.choice(COMMON)
    if damage is not _empty_row and any(len(row) < len(COLUMNS) for row in table.rows):
        return "nothing"
    damage(chance, table)
    return damage.__name__.strip("_")

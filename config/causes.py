"""What people decide about causes: pinned, merged, renamed, split; each decision holds until it is taken out of the file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from pydantic import Field, StringConstraints

from config.model import Model

Place = tuple[str | int, ...]
Placed = tuple[Place, str]
CauseId = Annotated[str, StringConstraints(pattern=r"^[12][0-9]{3}Q[1-4]-[0-9]{2,}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Example = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class PinnedCause(Model):
    """A cause that people know: it takes the texts that are more like its examples than like their own cluster."""

    name: Name = Field(description="What people read.")
    examples: tuple[Example, ...] = Field(
        min_length=1, max_length=100, description="Texts as customers write them, three to ten for each way of saying it."
    )


class MergedCauses(Model):
    """Causes that are one."""

    causes: tuple[CauseId, ...] = Field(min_length=1, description="Two or more ids, such as 2026Q1-03; the first one stays.")
    name: Name | None = Field(default=None, description="What people read; the first one's label without it.")


class RenamedCause(Model):
    """A cause that is called something else."""

    cause: CauseId = Field(description="Its id, such as 2026Q1-03.")
    name: Name = Field(description="What people read.")


class SplitCause(Model):
    """A cause that is several: each of its texts goes to the part whose examples are most like it."""

    cause: CauseId = Field(description="Its id, such as 2026Q1-03.")
    into: tuple[PinnedCause, ...] = Field(min_length=1, description="Two or more parts.")


class CauseDecisions(Model):
    """What people decide about causes: this mapping, or the name of a YAML file beside the programme's that holds it."""

    pinned: tuple[PinnedCause, ...] = Field(default=(), description="Causes that people know, found or not.")
    merged: tuple[MergedCauses, ...] = Field(default=(), description="Causes that are one.")
    renamed: tuple[RenamedCause, ...] = Field(default=(), description="Causes that are called something else.")
    split: tuple[SplitCause, ...] = Field(default=(), description="Causes that are several.")

    @property
    def described(self) -> tuple[PinnedCause, ...]:
        """All that is described by examples: the pinned causes and the parts of split ones."""
        return (*self.pinned, *chain.from_iterable(one.into for one in self.split))


def broken_decisions(decisions: CauseDecisions) -> Iterator[Placed]:
    """Yield what is wrong with the decisions, with its place below `causes` and what to do."""
    yield from _too_few(decisions)
    yield from _repeated(_names(decisions), "the name {!r} is given twice; a reader could not tell the two apart")
    yield from _repeated(_examples(decisions), "the example {!r} is given twice; a text can only belong to one cause")
    yield from _repeated(_regrouped(decisions), "{!r} is merged or split twice; decide once what becomes of a cause")
    yield from _repeated(_renamed(decisions), "{!r} is given two names; keep one of them")


def _too_few(decisions: CauseDecisions) -> Iterator[Placed]:
    for index, merge in enumerate(decisions.merged):
        if len(merge.causes) < 2:
            yield ("merged", index, "causes"), "a merge needs two causes or more; name the others, or take it out"
    for index, split in enumerate(decisions.split):
        if len(split.into) < 2:
            yield ("split", index, "into"), "a split needs two parts or more; describe the others, or rename the cause"


def _repeated(found: Iterator[Placed], message: str) -> Iterator[Placed]:
    """Yield those found a second time, capitals and white space apart."""
    seen: set[str] = set()
    for place, text in found:
        key = " ".join(text.casefold().split())
        if key in seen:
            yield place, message.format(text)
        seen.add(key)


def _names(decisions: CauseDecisions) -> Iterator[Placed]:
    for place, one in _described(decisions):
        yield (*place, "name"), one.name
    for index, merge in enumerate(decisions.merged):
        if merge.name is not None:
            yield ("merged", index, "name"), merge.name
    for index, renamed in enumerate(decisions.renamed):
        yield ("renamed", index, "name"), renamed.name


def _examples(decisions: CauseDecisions) -> Iterator[Placed]:
    for place, one in _described(decisions):
        for number, example in enumerate(one.examples):
            yield (*place, "examples", number), example


def _regrouped(decisions: CauseDecisions) -> Iterator[Placed]:
    for index, merge in enumerate(decisions.merged):
        for number, cause in enumerate(merge.causes):
            yield ("merged", index, "causes", number), cause
    for index, split in enumerate(decisions.split):
        yield ("split", index, "cause"), split.cause


def _renamed(decisions: CauseDecisions) -> Iterator[Placed]:
    for index, merge in enumerate(decisions.merged):
        for cause in merge.causes if merge.name is not None else ():
            yield ("merged", index, "name"), cause
    for index, renamed in enumerate(decisions.renamed):
        yield ("renamed", index, "cause"), renamed.cause


def _described(decisions: CauseDecisions) -> Iterator[tuple[Place, PinnedCause]]:
    for index, one in enumerate(decisions.pinned):
        yield ("pinned", index), one
    for index, split in enumerate(decisions.split):
        for number, part in enumerate(split.into):
            yield ("split", index, "into", number), part

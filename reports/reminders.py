"""Letters that remind of follow-ups: one to each address, whatever it answers for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from config.programme import Programme
from reports import formats
from reports.letter_layout import Content, Item, Section, letter_of
from reports.letters import recipients
from tasks.reminders import Reminder
from tasks.results import Letter

AUDIENCE = "reminders"


@dataclass(frozen=True)
class Notice:
    """What one address is reminded of: each follow-up once, in the first place where it belongs."""

    recipient: str
    own: tuple[Reminder, ...] = ()
    unaddressed: tuple[Reminder, ...] = ()  # of owners without an address of their own
    stalled: tuple[Reminder, ...] = ()  # of others, for leadership

    @property
    def follow_ups(self) -> tuple[str, ...]:
        """Ids of all follow-ups in it, in alphabetical order."""
        return tuple(sorted(one.follow_up.id for one in (*self.own, *self.unaddressed, *self.stalled)))

    def without(self, told: Collection[str]) -> Notice:
        """Return the same without the follow-ups of those ids."""
        own, unaddressed, stalled = (
            tuple(one for one in part if one.follow_up.id not in told) for part in (self.own, self.unaddressed, self.stalled)
        )
        return Notice(self.recipient, own, unaddressed, stalled)


def notices_of(reminders: Sequence[Reminder], programme: Programme) -> tuple[Notice, ...]:
    """Return what each address is reminded of: owners, who gets reports for those without an address, leadership where nothing moves."""
    mails = {one.id: one.mail for one in programme.departments}
    readers, leaders = _addresses(programme, "report"), _addresses(programme, "digest")
    owners = [address for address in mails.values() if address]
    notices = (_notice(address, reminders, mails, readers, leaders) for address in dict.fromkeys((*owners, *readers, *leaders)))
    return tuple(notice for notice in notices if notice.follow_ups)


def without_address(reminders: Iterable[Reminder], programme: Programme) -> tuple[str, ...]:
    """Return a sentence for each owner that is to be reminded and has no address: who is told instead."""
    mails = {one.id: one.mail for one in programme.departments}
    titles = {one.id: one.title for one in programme.departments}
    owners = sorted({one.department for one in reminders if not mails.get(one.department)})
    readers = formats.listed(_addresses(programme, "report"))
    instead = f"its reminders went to {readers}" if readers else "no audience gets `report` either, so nobody was reminded"
    return tuple(f"{titles.get(owner, owner)} has no mail address, and {instead}; write one into the programme." for owner in owners)


def letter_to(notice: Notice, programme: Programme) -> Letter:
    """Return the letter that lists everything in a notice."""
    with formats.written_as(programme.look):
        return letter_of(_reminder(notice, programme), AUDIENCE, notice.recipient)


def _reminder(notice: Notice, programme: Programme) -> Content:
    many = formats.counted(len(notice.follow_ups), "follow-up")
    sections = (
        Section("Your follow-ups", _items(notice.own, programme)),
        Section("For owners without a mail address", _items(notice.unaddressed, programme)),
        Section("Where nothing moves", _items(notice.stalled, programme)),
    )
    return Content(
        subject=f"{programme.title}: {many} {'waits' if len(notice.follow_ups) == 1 else 'wait'} for action",
        heading=f"{programme.title}: reminder",
        lead=_lead(notice),
        sections=tuple(section for section in sections if section.items),
        closing=(
            "Say what became of one in the form of the deployment “follow-up update” in Prefect's page, or with: touchstone follow-ups "
            f'update {programme.programme} ID --status done --name "Your name" --evidence "link, number or document".',
        ),
    )


def _notice(
    address: str, reminders: Sequence[Reminder], mails: dict[str, str | None], readers: Collection[str], leaders: Collection[str]
) -> Notice:
    own = tuple(one for one in reminders if mails.get(one.department) == address)
    unaddressed = tuple(one for one in reminders if address in readers and not mails.get(one.department))
    stalled = tuple(one for one in reminders if address in leaders and one.why == "stalled" and one not in (*own, *unaddressed))
    return Notice(address, own, unaddressed, stalled)


def _addresses(programme: Programme, gets: str) -> tuple[str, ...]:
    found = (address for one in programme.audiences if one.gets == gets for address in recipients(one, programme.departments))
    return tuple(dict.fromkeys(found))


def _lead(notice: Notice) -> str:
    every = (*notice.own, *notice.unaddressed, *notice.stalled)
    late = sum(one.why != "due_soon" for one in every)
    parts = [f"{formats.count(late)} overdue"] if late else []
    parts += [f"{formats.count(len(every) - late)} due soon"] if len(every) > late else []
    stalled = sum(one.why == "stalled" for one in every)
    verb = "does" if stalled == 1 else "do"
    still = f" {formats.count(stalled)} of {formats.count(len(every))} {verb} not move: a talk in person may help." if stalled else ""
    return f"{formats.listed(parts).capitalize()}.{still}"


def _items(reminders: Iterable[Reminder], programme: Programme) -> tuple[Item, ...]:
    titles = {one.id: one.title for one in programme.departments}
    return tuple(_item(one, titles.get(one.department, one.department)) for one in reminders)


def _item(one: Reminder, owner: str) -> Item:
    follow_up = one.follow_up
    state = f"{_when(one)}; {formats.spoken(follow_up.status)}"
    return Item(follow_up.title, (state, f"Accountable: {owner}", f"Id: {follow_up.id}"))


def _when(one: Reminder) -> str:
    due = formats.day(one.follow_up.due)
    if one.why == "due_soon":
        return f"Due {due}, {'today' if one.days == 0 else 'in ' + formats.counted(one.days, 'day')}"
    if one.why == "overdue":
        return f"Overdue since {due}, for {formats.counted(one.days, 'day')}"
    return f"Overdue since {due}; nothing has changed for {formats.counted(one.days, 'day')}"

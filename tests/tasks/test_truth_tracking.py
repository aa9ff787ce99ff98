"""Planted quarters: what appears, vanishes, doubles, halves or is told in other words is called so, and what stays is left alone.

Twenty causes of a city's customers, each said in two ways that share hardly a word. A text joins two clauses of one cause between an
opening and a closing that say nothing. Counts are drawn at random around what is planted, and the quarters differ in volume.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from tasks.causes.clusters import cluster_points
from tasks.causes.encoders import shipped
from tasks.causes.graph import Floats
from tasks.causes.tracking import (
    NO_CAUSE,
    Pool,
    joins,
    least_cosine,
    match,
    new_ids,
    pack,
    places_of,
    quarters_in_row,
    regroupings,
    settled,
    size_status,
    updated,
)
from tasks.inference import benjamini_hochberg, equality_test, wilson
from tasks.results import CauseModel, CauseProfile, CauseStatus

Ways = tuple[tuple[str, ...], tuple[str, ...]]
Bank = Mapping[tuple[str, int], Floats]

CAUSES: dict[str, Ways] = {
    "pool": (
        (
            "the pool water was freezing",
            "the swimming pool is far too cold",
            "the pool heating is broken",
            "we shivered in the pool",
            "the children's pool was ice cold",
            "nobody warms the pool any more",
        ),
        (
            "swimmers turn blue in the basin",
            "bathing there feels like the arctic",
            "the lanes have a terribly low temperature",
            "my aqua class was chilly",
            "we left the baths with numb feet",
        ),
    ),
    "refuse": (
        (
            "the rubbish was not collected",
            "our bins were missed again",
            "the bin lorry drove past",
            "garbage bags pile up on the kerb",
            "the waste collection skipped our road",
            "the wheelie bin is overflowing",
        ),
        (
            "nobody picked up our trash",
            "the dustmen forgot us",
            "smelly sacks lie about uncollected",
            "the recycling crew never came",
            "our household litter was left standing",
        ),
    ),
    "parking fine": (
        (
            "I got an unfair parking ticket",
            "the parking fine was wrong",
            "I was fined although I had paid for parking",
            "the warden gave me a penalty notice",
            "my parking permit was on display and I still got a fine",
            "the ticket machine for parking took my coins",
        ),
        (
            "an attendant booked my car by mistake",
            "they charged me for leaving my vehicle",
            "the penalty on my windscreen is not justified",
            "I contest the traffic charge for the car",
            "my automobile was clamped for no reason",
        ),
    ),
    "library": (
        (
            "the library book was not returned to the shelf",
            "the library has too few new books",
            "the novel that I reserved at the library never arrived",
            "the library charged me for a late book",
            "the library closes too early to borrow books",
            "my library card does not work",
        ),
        (
            "the loan of the volume I ordered was cancelled",
            "reading rooms are shut in the evening",
            "titles are missing from the catalogue of the lending desk",
            "the bookshelves hold only old editions",
            "borrowing literature has become hard",
        ),
    ),
    "street lamp": (
        (
            "the street light is out",
            "our street lamp has been dark for weeks",
            "the lamp post flickers all night",
            "the street lighting does not work",
            "three lamps in the lane are broken",
            "the bulb of the street lamp is dead",
        ),
        (
            "after dusk our road is pitch black",
            "the lanterns along the pavement no longer shine",
            "it is too dark to walk home at night",
            "the illumination of the avenue failed",
            "no lantern glows in the alley",
        ),
    ),
    "dog": (
        (
            "dogs run free in the park",
            "a dog off the lead chased my son",
            "there is dog mess on the grass",
            "dog owners do not clean up",
            "a barking dog frightened us",
            "dog dirt lies on the path",
        ),
        (
            "somebody's hound attacked my poodle",
            "puppies roam without a leash",
            "pet droppings cover the lawn",
            "an aggressive terrier snapped at me",
            "canine waste is everywhere",
        ),
    ),
    "bus": (
        (
            "the bus was late again",
            "the bus did not come",
            "the bus driver drove past the stop",
            "the bus timetable is wrong",
            "I waited an hour for the bus",
            "the bus is always delayed",
        ),
        (
            "public transport never runs on schedule",
            "the number nine left without me",
            "the coach skipped our stop",
            "the shuttle arrives whenever it likes",
            "commuters are stranded at the shelter",
        ),
    ),
    "pothole": (
        (
            "a pothole damaged my tyre",
            "there is a deep hole in the road",
            "the road surface is full of potholes",
            "the potholes have not been filled",
            "the tarmac is crumbling into holes",
            "my wheel broke in a pothole",
        ),
        (
            "the asphalt is cracked and sunken",
            "the carriageway needs resurfacing",
            "driving there shakes my suspension to bits",
            "craters make the lane impassable",
            "the paving of the highway has collapsed",
        ),
    ),
    "tax": (
        (
            "my council tax bill is wrong",
            "the tax office sent a second tax demand",
            "I was charged too much tax",
            "the tax refund has not been paid",
            "the tax letter names the wrong amount",
            "nobody explains my tax assessment",
        ),
        (
            "the levy on my property was miscalculated",
            "the revenue department wants money twice",
            "my yearly rates notice is too high",
            "I overpaid the municipality and wait for a reimbursement",
            "the fiscal authority made an error in my statement",
        ),
    ),
    "passport": (
        (
            "my passport has not arrived",
            "the passport application takes months",
            "the passport photo was refused",
            "I need my passport to travel and it is not ready",
            "the renewal of my passport was lost",
            "my new passport has a spelling mistake",
        ),
        (
            "the travel document was never issued",
            "my identity papers are stuck at the office",
            "the registry rejected my biometric picture",
            "I missed my flight because the ID was not made",
            "the certificate of citizenship is still pending",
        ),
    ),
    "water leak": (
        (
            "a water pipe burst in our street",
            "water leaks from the main",
            "the water main is leaking",
            "there is a burst pipe in the cellar",
            "the leak was not repaired and water runs down the road",
            "our tap water is off because of a leak",
        ),
        (
            "the plumbing under the pavement gushes",
            "a fountain springs from the broken duct",
            "our basement is flooded by a cracked conduit",
            "the supply line drips day and night",
            "the hydrant sprays all over the place",
        ),
    ),
    "playground": (
        (
            "the swing in the playground is broken",
            "the playground slide has sharp edges",
            "the playground is dirty",
            "the climbing frame in the playground is loose",
            "there is glass in the playground sand",
            "the seesaw at the playground is rotten",
        ),
        (
            "toddlers hurt themselves on the rusty equipment",
            "the sandpit for kids is full of shards",
            "the monkey bars came off",
            "the roundabout where little ones romp is stuck",
            "our kids' recreation area is unsafe",
        ),
    ),
    "noise": (
        (
            "the neighbours play loud music at night",
            "the noise from the bar keeps us awake",
            "loud parties every weekend",
            "the noise of the concert was unbearable",
            "the music is so loud that we cannot sleep",
            "nobody stops the noise after midnight",
        ),
        (
            "the din next door robs us of rest",
            "bass drums thunder through the walls",
            "revellers shout until dawn",
            "the racket of the club is intolerable",
            "our nights are ruined by a blaring stereo",
        ),
    ),
    "graffiti": (
        (
            "graffiti covers the wall of the school",
            "someone sprayed graffiti on our door",
            "the graffiti was not removed",
            "there is offensive graffiti in the underpass",
            "the graffiti on the bridge is ugly",
            "new graffiti appears every week",
        ),
        (
            "vandals painted slogans on the facade",
            "scribbles deface the building",
            "a tag was daubed over the mural",
            "the concrete is smeared with spray paint",
            "youngsters scrawl obscenities on the bricks",
        ),
    ),
    "tree": (
        (
            "a tree fell across our garden",
            "the branches of the tree touch the roof",
            "the old tree is rotten and may fall",
            "the tree roots lift the pavement",
            "the trees have not been pruned",
            "dead branches hang over the path",
        ),
        (
            "an oak toppled onto the fence",
            "boughs scrape the tiles of my house",
            "the maple needs trimming",
            "a decayed trunk threatens to come down",
            "the beech drops heavy limbs",
        ),
    ),
    "website": (
        (
            "the website crashes when I log in",
            "the online form does not work",
            "the website shows an error",
            "I cannot reset my password on the website",
            "the web page does not load",
            "the login on the website fails",
        ),
        (
            "the portal keeps freezing",
            "submitting the electronic application is impossible",
            "my account credentials are not accepted by the system",
            "the internet service times out",
            "the browser displays only a blank screen",
        ),
    ),
    "telephone": (
        (
            "nobody answers the phone",
            "I was on hold for an hour on the telephone",
            "the call was cut off",
            "the phone line is always busy",
            "the hotline never calls back",
            "I was passed from one phone number to the next",
        ),
        (
            "your call centre ignores its callers",
            "the switchboard does not pick up",
            "I queued endlessly listening to music on the receiver",
            "ringing you is a waste of time",
            "the helpline operator hung up on me",
        ),
    ),
    "rats": (
        (
            "there are rats in the yard",
            "rats run across the kitchen",
            "a rat nest is under the bins",
            "we saw rats in the cellar",
            "the rats come from the sewer",
            "rat droppings lie in the hall",
        ),
        (
            "rodents have invaded our building",
            "vermin gnaw at the cables",
            "pest control never came about the mice",
            "an infestation of mice spreads from the drains",
            "furry pests scurry through the larder",
        ),
    ),
    "wedding": (
        (
            "the registrar was late for our wedding",
            "the wedding room was double booked",
            "our wedding date was cancelled",
            "the wedding certificate has the wrong name",
            "the wedding hall was locked",
            "the wedding fee was charged twice",
        ),
        (
            "our marriage ceremony was postponed",
            "the bride and groom stood before closed doors",
            "the officiant forgot our vows",
            "nuptials were moved without asking us",
            "the spouses' surname was misspelt on the deed",
        ),
    ),
    "toilet": (
        (
            "the public toilets are dirty",
            "the toilet has no paper",
            "the toilets in the station are locked",
            "the toilet does not flush",
            "the toilet floor was wet and filthy",
            "the toilet stinks",
        ),
        (
            "the restrooms are disgusting",
            "the lavatory is clogged",
            "the ladies' room was out of order",
            "the urinals reek",
            "the washroom lacks soap and is unhygienic",
        ),
    ),
}
OPENINGS = (
    "",
    "I am writing because ",
    "Once more ",
    "To be honest, ",
    "Last month ",
    "As a resident I must say that ",
    "Sadly ",
    "I have to tell you that ",
)
JOINS = (" and ", ", and ", "; also ", " while ", ". Besides, ")
CLOSINGS = (
    "",
    " Please do something.",
    " This is not acceptable.",
    " I expect an answer.",
    " What will you do about it?",
    " Thank you for looking into it.",
    " I am very disappointed.",
    " It has been like that for weeks.",
)

KEYS = [(cause, way) for cause in CAUSES for way in (0, 1)]
DIMENSIONS = 48
TEXTS = (300, 120)  # of each cause in each way of saying it
STILL = 46
SAID: Mapping[str, frozenset[CauseStatus]] = {
    "appears": frozenset({"new"}),
    "vanishes": frozenset({"gone"}),
    "doubles": frozenset({"growing"}),
    "halves": frozenset({"shrinking"}),
    "reworded": frozenset(),
    "stays": frozenset(),
}
SIZES = {
    "appears": (0, 100),
    "vanishes": (100, 0),
    "doubles": (50, 100),
    "halves": (100, 50),
    "reworded": (60, 60),
    "stays": (STILL, STILL),
}
CHANGES: frozenset[CauseStatus] = frozenset({"new", "gone", "growing", "shrinking", "merged", "split"})
VOLUME = 1.3  # this quarter's texts to the previous one's
LEVEL = 0.05
SEEDS = 40


@dataclass(frozen=True)
class Quarter:
    """What one quarter's customers wrote: vectors, and the planted cause of each text."""

    vectors: Floats
    planted: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What is said of a quarter: status by cause id, the id of each text, and the model for the next quarter."""

    statuses: Mapping[str, CauseStatus]
    ids: tuple[str, ...]
    model: CauseModel


@cache
def bank() -> Bank:
    """Return the vectors of TEXTS texts of each cause in each way of saying it."""
    texts = [text for cause, way in KEYS for text in written(cause, way, TEXTS[way])]
    ends = np.cumsum([TEXTS[way] for _, way in KEYS])
    return dict(zip(KEYS, np.split(shipped().encode(texts), ends[:-1]), strict=True))


def drawn_bank() -> Bank:
    """Return points drawn at random in the place of texts: as far from one another as the texts of `bank` are, and at once."""
    chance = np.random.default_rng(1)
    drawn = {}
    for cause in CAUSES:
        middle = chance.normal(size=DIMENSIONS)
        for way in (0, 1):
            centre = middle + 0.7 * chance.normal(size=DIMENSIONS)
            points = centre + chance.normal(size=(TEXTS[way], DIMENSIONS))
            drawn[cause, way] = np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), dtype=np.float32)
    return drawn


def written(cause: str, way: int, count: int) -> list[str]:
    """Return so many different texts about a cause."""
    chance = np.random.default_rng([way, *cause.encode()])
    clauses = CAUSES[cause][way]
    texts: dict[str, None] = {}
    while len(texts) < count:
        first, second, third = chance.choice(clauses, 3, replace=False)
        joined = first + chance.choice(JOINS) + second + chance.choice(JOINS) + third
        texts[f"{chance.choice(OPENINGS)}{joined}.{chance.choice(CLOSINGS)}"] = None
    return list(texts)


def quarters(seed: int, fate_of: Mapping[str, str], bank: Bank) -> tuple[Quarter, Quarter, Quarter]:
    """Return three quarters: two alike, and one after what is planted; no text stands in two of them."""
    chance = np.random.default_rng(seed)
    rows = {key: chance.permutation(len(vectors)) for key, vectors in bank.items()}
    used = dict.fromkeys(rows, 0)
    drawn = []
    for number in range(3):
        parts, planted = [], []
        for cause in CAUSES:
            fate = fate_of.get(cause, "stays")
            expected = SIZES[fate][0] if number < 2 else SIZES[fate][1] * VOLUME
            key = (cause, 1 if fate == "reworded" and number == 2 else 0)
            size = min(int(chance.poisson(expected)), TEXTS[key[1]] - used[key])
            parts.append(bank[key][rows[key][used[key] : used[key] + size]])
            planted += [cause] * size
            used[key] += size
        drawn.append(Quarter(np.concatenate(parts), tuple(planted)))
    return drawn[0], drawn[1], drawn[2]


def follow(now: Quarter, before: Quarter, cycle: str, earlier: Report | None) -> Report:
    """Return what is said of a quarter, as Touchstone says it: clustered blind with the one before, then counted and tested."""
    pool = pooled(now, before, earlier)
    model = earlier.model if earlier else None
    matched = match(pool, [{} for _ in pool.centres], model, "planted")
    listed = [cluster for cluster in range(len(pool.centres)) if pool.now[cluster] or cluster in matched]
    fresh = iter(new_ids(cycle, len(listed), model))
    names = {cluster: matched[cluster].id if cluster in matched else next(fresh) for cluster in listed}
    profiles = [profile(pool, cluster, name, matched.get(cluster), cycle) for cluster, name in names.items() if pool.now[cluster]]
    return Report(
        statuses=statuses(pool, names, matched, model, cycle),
        ids=tuple(names.get(cluster, "") for cluster in pool.cluster[pool.is_now].tolist()),
        model=updated(model, cycle, profiles, {}, "planted", least_cosine(pool)),
    )


def pooled(now: Quarter, before: Quarter, earlier: Report | None) -> Pool:
    """Return both quarters in clusters of the two together, those joined that say the same in other words."""
    points = np.concatenate([now.vectors, before.vectors])
    is_now = np.arange(len(points)) < len(now.vectors)
    causes = places_of(earlier.model, earlier.ids) if earlier else np.full(len(before.vectors), NO_CAUSE)
    known = np.concatenate([np.full(len(now.vectors), NO_CAUSE), causes])
    found = cluster_points(points, np.ones(len(points), dtype=np.int64))
    pool = Pool(points, found.centres, np.arange(len(points)), found.of_point, is_now, known)
    return pool.joined(joins(pool, [{} for _ in pool.centres], earlier.model if earlier else None, "planted"))


def profile(pool: Pool, cluster: int, name: str, earlier: CauseProfile | None, cycle: str) -> CauseProfile:
    return CauseProfile(
        id=name,
        label=name,
        first_seen=earlier.first_seen if earlier else cycle,
        last_seen=cycle,
        terms={},
        centre=pack(pool.centres[cluster]),
        quarters_in_row=quarters_in_row(earlier, cycle),
    )


def statuses(
    pool: Pool, names: Mapping[int, str], matched: Mapping[int, CauseProfile], model: CauseModel | None, cycle: str
) -> dict[str, CauseStatus]:
    """Return each cause's status, all tests seen as one family."""
    now, before = pool.now, pool.before
    texts, texts_before = int(pool.is_now.sum()), int((~pool.is_now).sum())
    regrouped = {one.cluster: one for one in reversed(regroupings(pool, matched, model))}
    p = [float(equality_test(now[cluster], texts, before[cluster], texts_before)) for cluster in names]
    p += [regrouped[cluster].p if cluster in regrouped else float("nan") for cluster in names]
    moved, cut = np.split(benjamini_hochberg(p, LEVEL), 2)
    return {
        name: settled(
            sized=size_status(int(now[cluster]), texts, int(before[cluster]), texts_before, is_known=cluster in matched or model is None)
            if is_moved
            else None,
            regrouped=regrouped[cluster].status if is_cut else None,
            is_immaterial=False,
            quarters=quarters_in_row(matched.get(cluster), cycle),
        )
        for (cluster, name), is_moved, is_cut in zip(names.items(), moved, cut, strict=True)
    }


def two_reports(seed: int, fate_of: Mapping[str, str], bank: Bank) -> tuple[Quarter, Report, Quarter, Report]:
    """Return the second and the third quarter with what is said of them."""
    first, second, third = quarters(seed, fate_of, bank)
    earlier = follow(second, first, "2026Q1", None)
    return second, earlier, third, follow(third, second, "2026Q2", earlier)


def id_of(cause: str, quarter: Quarter, report: Report) -> str:
    """Return the cause id that most of a planted cause's texts were given."""
    given = [name for name, planted in zip(report.ids, quarter.planted, strict=True) if planted == cause and name]
    return max(sorted(set(given)), key=given.count, default="")


def cause_of(name: str, quarter: Quarter, report: Report) -> str:
    """Return the planted cause that most texts of a cause id are about."""
    about = [planted for given, planted in zip(report.ids, quarter.planted, strict=True) if given == name]
    return max(sorted(set(about)), key=about.count, default="")


def fates(seed: int) -> dict[str, str]:
    """Return the causes that something happens to, with what happens."""
    chosen = np.random.default_rng([seed, 1]).permutation(list(CAUSES))[:5].tolist()
    return dict(zip(chosen, SIZES, strict=False))


def judged(seed: int, bank: Bank) -> dict[str, list[bool]]:
    """Return for each planted fate whether the report says so, of each cause that it befalls.

    What is said is the change that any of the ids says whose texts are mostly about the cause; most of its texts keep such an id.
    """
    fate_of = fates(seed)
    second, earlier, third, report = two_reports(seed, fate_of, bank)
    about = {name: cause_of(name, third, report) for name in report.statuses}
    about |= {name: cause_of(name, second, earlier) for name in earlier.statuses}
    right: dict[str, list[bool]] = {fate: [] for fate in SIZES}
    for cause in CAUSES:
        fate = fate_of.get(cause, "stays")
        said = {report.statuses[name] for name, of in about.items() if of == cause and name in report.statuses} & CHANGES
        is_kept = fate in ("appears", "vanishes") or id_of(cause, third, report) in earlier.statuses
        right[fate].append(said == SAID[fate] and is_kept)
    return right


def share_right(seeds: int, bank: Bank) -> dict[str, float]:
    """Return the share of planted causes that each fate is said of."""
    found = [judged(seed, bank) for seed in range(seeds)]
    return {fate: float(np.mean([one for report in found for one in report[fate]])) for fate in SIZES}


def false_reports(seeds: int, bank: Bank) -> tuple[int, float]:
    """Return how many reports on quarters without a change name one, and the lower 95 % limit of their share."""
    false = sum(bool(CHANGES & set(two_reports(seed, {}, bank)[3].statuses.values())) for seed in range(seeds))
    return false, float(wilson(false, seeds)[0])


def test_what_is_planted_is_said_and_nothing_else() -> None:
    shares = share_right(1, drawn_bank())
    assert shares == dict.fromkeys(SIZES, 1.0)


def test_where_nothing_changed_no_change_is_named() -> None:
    assert false_reports(1, drawn_bank())[0] == 0


@pytest.mark.truth
@pytest.mark.timeout(1800)
def test_what_is_planted_is_said_in_nearly_every_report() -> None:
    shares = share_right(SEEDS, bank())
    assert {fate: share for fate, share in shares.items() if share < 0.95} == {}, shares


@pytest.mark.truth
@pytest.mark.timeout(1800)
def test_where_nothing_changed_hardly_a_report_names_a_change() -> None:
    false, at_least = false_reports(SEEDS, bank())
    assert at_least <= LEVEL, f"{false} of {SEEDS} reports name a change that there is not"

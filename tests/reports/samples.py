"""One quarter of an invented water company, with every verdict and status; its intervals are computed, not typed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from config.programme import Audience, Department
from reports.headline import headline
from tasks.inference import equality_test, newcombe, score_test, wilson
from tasks.results import (
    Adjustment,
    CategoryUse,
    Cause,
    CauseStatus,
    Change,
    ChangeVerdict,
    Check,
    Compliance,
    Contribution,
    CycleSummary,
    DataQuality,
    Drivers,
    Family,
    FeedFinding,
    FollowUp,
    HistoryEntry,
    InputFile,
    LateRecords,
    NamedPart,
    PipeCount,
    Place,
    Quote,
    Ref,
    ResponseRate,
    Restatement,
    RuleFinding,
    SlicePart,
    SourceAccount,
    Trace,
    Verdict,
)
from tests.reports.sample_findings import CHARTS, DRIVERS, MIXES, SLICES, TIMES, VALUES

ZONE = ZoneInfo("Europe/London")
LEDGER_HEAD = "9c1f" * 16

STAGES = (
    NamedPart(id="tell-us", title="Telling us something is wrong"),
    NamedPart(id="put-right", title="Getting it put right"),
    NamedPart(id="pay", title="Understanding and paying the bill"),
)
DEPARTMENTS = (
    NamedPart(id="customer-care", title="Customer Care"),
    NamedPart(id="networks", title="Networks"),
    NamedPart(id="digital", title="Digital Services"),
    NamedPart(id="billing", title="Billing"),
)
MAILED_DEPARTMENTS = (
    Department(id="customer-care", title="Customer Care", mail="care@aldermere.example"),
    Department(id="networks", title="Networks", mail="networks@aldermere.example"),
    Department(id="digital", title="Digital Services"),
    Department(id="billing", title="Billing", mail="billing@aldermere.example"),
)
AUDIENCES = (
    Audience(id="leadership", gets="digest", mail=("director@aldermere.example",)),
    Audience(id="quality", gets="report", mail=("quality@aldermere.example", "director@aldermere.example")),
    Audience(id="owners", gets="follow_ups", mail="departments"),
    Audience(id="operations", gets="alerts", mail=("ops@aldermere.example",)),
)
TOUCHPOINTS = (
    Place(id="phone-line", title="Phone line", stage="tell-us", departments=("customer-care",), accountable="customer-care", records=612),
    Place(
        id="online-form",
        title="Online fault form",
        stage="tell-us",
        departments=("digital", "customer-care"),
        accountable="digital",
        records=388,
    ),
    Place(
        id="leak-repair",
        title="Leak repair visit",
        stage="put-right",
        departments=("networks", "customer-care", "digital"),
        accountable="networks",
        records=731,
    ),
    Place(id="supply", title="Interrupted supply", stage="put-right", departments=("networks",), accountable="networks", records=204),
    Place(id="bill", title="The bill", stage="pay", departments=("billing", "digital"), accountable="billing", records=466),
)


def interval_of(met: int, n: int) -> tuple[float | None, float | None, float | None]:
    """Return share, low and high, or three times nothing where n is 0."""
    if not n:
        return None, None, None
    low, high = wilson(met, n)
    return met / n, float(low), float(high)


def change_of(met: int, n: int, against: str, earlier_met: int, earlier_n: int, verdict: ChangeVerdict, note: str = "") -> Change:
    """Return the change between two counts; one that is not comparable bears no figures but the earlier ones."""
    if verdict == "not_comparable":
        return Change(against=against, verdict=verdict, note=note)
    low, high = newcombe(met, n, earlier_met, earlier_n)
    return Change(
        against=against,
        verdict=verdict,
        n=earlier_n,
        met=earlier_met,
        share=earlier_met / earlier_n,
        change=met / n - earlier_met / earlier_n,
        low=float(low),
        high=float(high),
        p=float(equality_test(met, n, earlier_met, earlier_n)),
        note=note,
    )


def weighted(row: Compliance, share: float, n_effective: float) -> Compliance:
    """Return a row as a weighted survey gives it, its interval that of so many independent cases."""
    low, high = wilson(share * n_effective, n_effective)
    return row.model_copy(
        update={"unweighted_share": row.share, "share": share, "low": float(low), "high": float(high), "n_effective": n_effective}
    )


def compliance_of(
    name: tuple[str, str],
    place: tuple[str, str],
    counts: tuple[int, int, int, int],
    target: float,
    verdict: Verdict,
    *,
    previous: Change | None = None,
    year_ago: Change | None = None,
    note: str = "",
    response: ResponseRate | None = None,
) -> Compliance:
    """Return a standard's figures from (id, title), (touchpoint, stage) and (met, n, pending, excluded)."""
    met, n, pending, excluded = counts
    share, low, high = interval_of(met, n)
    everybody = n + pending
    return Compliance(
        standard=name[0],
        title=name[1],
        touchpoint=place[0],
        stage=place[1],
        n=n,
        met=met,
        share=share,
        low=low,
        high=high,
        target=target,
        verdict=verdict,
        p=float(score_test(met, n, target)) if n else None,
        note=note,
        pending=pending,
        excluded=excluded,
        share_if_pending_met=(met + pending) / everybody if everybody else None,
        share_if_pending_missed=met / everybody if everybody else None,
        previous=previous,
        year_ago=year_ago,
        response=response,
    )


def response_of(invited: int, answered: int) -> ResponseRate:
    """Return the response rate of the survey."""
    share, low, high = interval_of(answered, invited)
    return ResponseRate(survey="survey", invited=invited, answered=answered, share=share or 0.0, low=low or 0.0, high=high or 1.0)


SHARES = (
    compliance_of(
        ("on-time", "Put right by the promised date"),
        ("all", "all"),
        (1184, 1732, 241, 96),
        0.80,
        "not_met",
        previous=change_of(1184, 1732, "2025Q3", 1142, 1698, "cannot_tell"),
        year_ago=change_of(1184, 1732, "2024Q4", 1230, 1601, "worsened"),
    ),
    compliance_of(
        ("answered", "Answered within 2 working days"),
        ("all", "all"),
        (2021, 2108, 0, 12),
        0.95,
        "uncertain",
        previous=change_of(2021, 2108, "2025Q3", 1936, 2044, "cannot_tell"),
        note="one of 8 looked at",
    ),
    compliance_of(
        ("friendly", "Rated 4 or 5 for friendliness"),
        ("phone-line", "tell-us"),
        (268, 301, 0, 22),
        0.80,
        "met",
        previous=change_of(268, 301, "2025Q3", 231, 290, "improved"),
        year_ago=change_of(268, 301, "2024Q4", 262, 300, "cannot_tell"),
        response=response_of(1272, 485),
    ),
    compliance_of(
        ("form-works", "Rated 4 or 5 for ease of reporting"),
        ("online-form", "tell-us"),
        (122, 176, 0, 9),
        0.75,
        "uncertain",
        previous=change_of(122, 176, "2025Q3", 1, 1, "not_comparable", "the question was worded differently"),
    ),
    compliance_of(
        ("leaks", "Visible leaks repaired within 5 working days"),
        ("leak-repair", "put-right"),
        (308, 600, 118, 13),
        0.80,
        "not_met",
        previous=change_of(308, 600, "2025Q3", 377, 588, "worsened"),
        year_ago=change_of(308, 600, "2024Q4", 391, 560, "worsened"),
    ),
    compliance_of(("supply-back", "Supply back within 12 hours"), ("supply", "put-right"), (6, 7, 2, 0), 0.95, "too_few"),
    compliance_of(
        ("bill-right", "Bill corrected at first contact"),
        ("bill", "pay"),
        (389, 414, 31, 21),
        0.90,
        "met",
        previous=change_of(389, 414, "2025Q3", 372, 401, "cannot_tell"),
        year_ago=change_of(389, 414, "2024Q4", 341, 398, "improved"),
    ),
    compliance_of(
        ("meter-read", "Meter read on the agreed day"), ("bill", "pay"), (0, 0, 0, 0), 0.85, "too_few", note="no records in this quarter"
    ),
)
STANDARDS = (
    SHARES[0].model_copy(update={"n_effective": 1640.3, "customers": 1611}),
    SHARES[1],
    weighted(SHARES[2], 0.871, 212.4),
    *SHARES[3:],
    *VALUES,
)
TEXTS, EARLIER_TEXTS = 2190, 2075


def cause_of(
    number: int,
    label: str,
    first_seen: str,
    size: int,
    status: CauseStatus,
    earlier: int | None,
    where: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    quotes: tuple[str, ...] = (),
) -> Cause:
    """Return a cause of `size` texts, spread over its touchpoints by halves: the first holds most."""
    share, low, high = interval_of(size, TEXTS)
    change = None if earlier is None else change_of(size, TEXTS, "2025Q3", earlier, EARLIER_TEXTS, "cannot_tell")
    touchpoints, departments = ([Contribution(id=one, records=size >> i, share=0.5**i) for i, one in enumerate(ids)] for ids in where)
    return Cause(
        id=f"{first_seen}-{number:02}",
        label=label,
        first_seen=first_seen,
        size=size,
        share=share or 0.0,
        low=low or 0.0,
        high=high or 0.0,
        status=status,
        previous_size=earlier,
        previous_share=change.share if change else None,
        change=change.change if change else None,
        change_low=change.low if change else None,
        change_high=change.high if change else None,
        p=change.p if change else None,
        terms=tuple(label.lower().split()),
        quotes=tuple(Quote(record_id=f"{first_seen}-{number}-{index}", text=text) for index, text in enumerate(quotes)),
        touchpoints=tuple(touchpoints),
        departments=tuple(departments),
    )


CAUSES = (
    cause_of(
        1,
        "Leak repair postponed again",
        "2025Q1",
        342,
        "growing",
        201,
        (("leak-repair", "phone-line"), ("networks", "customer-care")),
        (
            "This is the third time the crew has been rebooked. Water runs down the pavement and nobody can say until when.",
            "I took the day off work for the visit. At four o'clock I was told by text that it had been moved by two weeks.",
            "The leak outside number [number] was marked with blue paint in November. It is January and the paint has worn off.",
        ),
    ),
    cause_of(
        2,
        "Estimated bill too high",
        "2025Q1",
        228,
        "steady",
        219,
        (("bill",), ("billing", "digital")),
        (
            "You have estimated my bill three times in a row although the meter is in the street and anybody can read it.",
            "My bill has doubled. I live alone and was away for most of the quarter.",
            "I sent a photograph of the meter on [number] and the new bill is again an estimate.",
        ),
    ),
    cause_of(
        1,
        "Photo upload fails",
        "2025Q4",
        147,
        "new",
        None,
        (("online-form", "leak-repair"), ("digital",)),
        (
            "The form asks for a photo of the leak and then says the file is too large. Every phone makes files that large.",
            "After the photo was rejected the whole form was empty and I had to start again.",
            "It would not take my picture so I gave up and rang you instead, forty minutes in the queue.",
        ),
    ),
    cause_of(
        5,
        "Waiting on hold",
        "2024Q3",
        96,
        "shrinking",
        188,
        (("phone-line",), ("customer-care",)),
        (
            "Held for twenty minutes, which is better than last time but still my whole lunch break.",
            "The recorded voice told me I was next for a quarter of an hour.",
        ),
    ),
    cause_of(4, "Water pressure low upstairs", "2025Q2", 4, "cannot_tell", 6, (("supply",), ("networks",))),
    cause_of(3, "Discoloured water after works", "2025Q2", 0, "gone", 74),
)

FOLLOW_UPS = (
    FollowUp(
        id="aldermere-water/standard:leaks:leak-repair/2025Q3",
        finding="standard:leaks:leak-repair",
        kind="corrective",
        status="in_progress",
        title="Bring leak repairs back to 80 % within 5 working days",
        opened_in="2025Q3",
        last_seen_in="2025Q4",
        times_seen=2,
        stages=("put-right",),
        touchpoints=("leak-repair",),
        owner="networks",
        departments=("networks", "customer-care", "digital"),
        due=date(2026, 2, 9),
        evidence="308 of 600 leaks (51.3 %, interval 47.3 to 55.3 %) were repaired in time against a target of 80.0 %.",
    ),
    FollowUp(
        id="aldermere-water/cause:2025Q1-01/2025Q1",
        finding="cause:2025Q1-01",
        kind="preventive",
        status="reopened",
        title="Stop postponed leak repairs at their source",
        opened_in="2025Q1",
        last_seen_in="2025Q4",
        times_seen=4,
        stages=("put-right", "tell-us"),
        touchpoints=("leak-repair", "phone-line"),
        owner="networks",
        departments=("networks", "customer-care"),
        due=date(2026, 1, 30),
        evidence="342 of 2,190 texts (15.6 %), up from 9.7 % in 2025Q3.",
    ),
    FollowUp(
        id="aldermere-water/cause:2025Q4-01/2025Q4",
        finding="cause:2025Q4-01",
        kind="corrective",
        status="proposed",
        title="Let the fault form accept the photographs that phones make",
        opened_in="2025Q4",
        last_seen_in="2025Q4",
        times_seen=1,
        stages=("tell-us", "put-right"),
        touchpoints=("online-form", "leak-repair"),
        owner="digital",
        departments=("digital",),
        due=date(2026, 2, 9),
        evidence="147 of 2,190 texts (6.7 %); first seen in this quarter.",
    ),
    FollowUp(
        id="aldermere-water/standard:on-time:all/2025Q2",
        finding="standard:on-time:all",
        kind="corrective",
        status="accepted",
        title="Keep the promised date",
        opened_in="2025Q2",
        last_seen_in="2025Q4",
        times_seen=3,
        stages=("all",),
        touchpoints=("all",),
        owner="customer-care",
        departments=("customer-care", "networks", "billing"),
        due=date(2026, 2, 9),
        evidence="1,184 of 1,732 cases (68.4 %) were put right by the promised date against a target of 80.0 %.",
    ),
    FollowUp(
        id="aldermere-water/standard:bill-right:bill/2025Q1",
        finding="standard:bill-right:bill",
        kind="sustaining",
        status="verified",
        title="Keep correcting bills at first contact",
        opened_in="2025Q1",
        last_seen_in="2025Q2",
        times_seen=2,
        stages=("pay",),
        touchpoints=("bill",),
        owner="billing",
        departments=("billing", "digital"),
        due=date(2025, 8, 1),
        evidence="389 of 414 bills (94.0 %) were corrected at first contact against a target of 90.0 %.",
    ),
)


def restated(cycle: str, standard: str, touchpoint: str, now: tuple[int, int, int], then: tuple[int, int, int] | None) -> Restatement:
    """Return an earlier quarter's (n, met, pending) as it stands now beside what was published."""
    published_n, published_met, published_pending = then or (None, None, None)
    return Restatement(
        cycle=cycle,
        standard=standard,
        touchpoint=touchpoint,
        n=now[0],
        met=now[1],
        pending=now[2],
        published_n=published_n,
        published_met=published_met,
        published_pending=published_pending,
    )


RESTATEMENTS = (
    restated("2025Q3", "on-time", "all", (1893, 1266, 20), (1698, 1142, 215)),
    restated("2025Q3", "leaks", "leak-repair", (671, 402, 4), (588, 377, 87)),
    restated("2025Q2", "on-time", "all", (1814, 1301, 3), (1640, 1187, 177)),
    restated("2025Q2", "leaks", "leak-repair", (655, 451, 0), None),
    restated("2025Q3", "leak-time", "leak-repair", (702, 690, 0), (701, 588, 0)).model_copy(
        update={"value": 131.5, "published_value": 128.0}
    ),
)

DATA = DataQuality(
    accounts=(
        SourceAccount(
            source="complaints",
            cycle="2025Q4",
            place="${DATA}/complaints-2025Q4.csv.gz",
            sha256="ab12" * 16,
            read=2611,
            filtered=380,
            outside_period=64,
            collapsed=0,
            duplicates=17,
            quarantined=31,
            accepted=2119,
        ),
        SourceAccount(
            source="survey",
            cycle="2025Q4",
            place="${DATA}/survey-2025Q4.csv",
            sha256="cd34" * 16,
            read=498,
            filtered=0,
            outside_period=2,
            collapsed=0,
            duplicates=5,
            quarantined=6,
            accepted=485,
        ),
        SourceAccount(
            source="visits",
            cycle="2025Q4",
            place="${DATA}/visits/*.xlsx",
            sha256="9a9b" * 16,
            read=12,
            filtered=0,
            outside_period=12,
            collapsed=0,
            duplicates=0,
            quarantined=0,
            accepted=0,
        ),
    ),
    refreshed=(
        SourceAccount(
            source="complaints",
            cycle="2025Q3",
            place="${DATA}/complaints-2025Q3.csv.gz",
            sha256="ef56" * 16,
            read=2544,
            filtered=402,
            outside_period=51,
            collapsed=0,
            duplicates=12,
            quarantined=24,
            accepted=2055,
        ),
    ),
    rules=(
        RuleFinding(
            source="complaints",
            rule="closed not before it was opened",
            checked=2150,
            failed=22,
            record_ids=("C-104411", "C-104498", "C-105017"),
        ),
        RuleFinding(source="complaints", rule="the due time can be read", checked=2150, failed=11, record_ids=("C-104498", "C-106220")),
        RuleFinding(source="complaints", rule="record_id is given", checked=2150, failed=0),
        RuleFinding(source="complaints", rule="channel is a known one", checked=2150, failed=0),
        RuleFinding(source="survey", rule="record_id is given", checked=491, failed=0),
        RuleFinding(source="survey", rule="the score lies on the scale 1 to 5", checked=491, failed=6, record_ids=("S-2231", "S-2290")),
        RuleFinding(
            source="complaints",
            rule="text is at most 20,000 characters long",
            severity="warning",
            checked=2150,
            failed=3,
            record_ids=("C-103001", "C-103744", "C-106003"),
        ),
    ),
    gate=(
        Check(
            name="quarantined share",
            description="At most 2.0 % of the rows are quarantined.",
            is_required=True,
            is_passed=True,
            notes="37 of 2,641 rows, 1.4 %.",
        ),
        Check(name="reconciliation", description="Every row read is accounted for.", is_required=True, is_passed=True),
        Check(
            name="unplaced records",
            description="At most 5 % of the records belong to no touchpoint.",
            is_required=False,
            is_passed=False,
            notes="203 of 2,604 records, 7.8 %.",
        ),
    ),
    unplaced=203,
    records=2604,
    ratings=477,
    texts=TEXTS,
    without_cause=212,
    praise=148,
    adjustments=(
        Adjustment(source="complaints", words="a local time that came twice was taken as the first", rows=2),
        Adjustment(source="complaints", words="an earlier version of a record was replaced by a later one", rows=1204),
        Adjustment(source="complaints", words="a text that is nearly the same as another's, which counts and is marked", rows=57),
        Adjustment(source="survey", words="a quarantined record that was let in, by hand or read again", rows=1),
    ),
    files=(
        InputFile(source="complaints", cycle="2025Q4", place="complaints-2025Q4.csv.gz", sha256="ab12" * 16, rows=2611),
        InputFile(source="survey", cycle="2025Q4", place="survey-2025Q4.csv", sha256="cd34" * 16, rows=498),
        InputFile(source="visits", cycle="2025Q4", place="visits/north.xlsx", sha256="9a01" * 16, rows=5),
        InputFile(source="visits", cycle="2025Q4", place="visits/south.xlsx", sha256="9a02" * 16, rows=7),
        InputFile(source="complaints", cycle="2025Q3", place="complaints-2025Q3.csv.gz", sha256="ef56" * 16, rows=2544),
    ),
    feeds=(
        FeedFinding(
            source="complaints",
            records=2119,
            newest=datetime(2025, 12, 31, 21, 40, tzinfo=UTC),
            earlier_records=(2055, 2140, 1998, 2087),
        ),
        FeedFinding(
            source="survey",
            records=485,
            newest=datetime(2025, 12, 3, 10, 5, tzinfo=UTC),
            earlier_records=(640, 655),
            warnings=(
                "the newest record is at most 14 days before the quarter's end or the as-of, whichever is first: silent for 28.6 days",
                "between 590 and 706 records, as after the 2 quarters before (where nothing has changed, at most 5% of quarters lie "
                "outside): 485 records",
            ),
        ),
        FeedFinding(
            source="visits",
            records=0,
            newest=None,
            earlier_records=(31, 28),
            warnings=("the newest record is at most 14 days before the quarter's end or the as-of, whichever is first: no record",),
        ),
    ),
    late=(
        LateRecords(cycle="2025Q3", closed=2061, now=2098, added=40, changed=211, gone=3),
        LateRecords(cycle="2025Q2", closed=2140, now=2140, added=0, changed=0, gone=0),
    ),
    pipes=(
        PipeCount(pipe="complaint", channel="telephone", is_internal=False, records=1301),
        PipeCount(pipe="complaint", channel="in_person", is_internal=False, records=188),
        PipeCount(pipe="complaint", channel="internet", is_internal=False, records=569),
        PipeCount(pipe="complaint", channel="mail", is_internal=False, records=49),
        PipeCount(pipe="complaint", channel="email", is_internal=True, records=12),
        PipeCount(pipe="survey", channel="", is_internal=False, records=485),
    ),
    taxonomy_version=3,
    categories=(
        CategoryUse(source="complaints", categorised=2107, unmapped=84, names={"Hydrant misuse": 49, "Road reinstatement": 28}),
        CategoryUse(source="survey", categorised=0, unmapped=0),
        CategoryUse(source="visits", categorised=0, unmapped=0),
    ),
    responses=(response_of(1272, 485),),
)

SUMMARY = CycleSummary(
    programme="aldermere-water",
    title="Aldermere Water",
    cycle="2025Q4",
    edition="2025Q4",
    is_draft=False,
    timezone="Europe/London",
    starts=datetime(2025, 10, 1, tzinfo=ZONE),
    ends=datetime(2026, 1, 1, tzinfo=ZONE),
    as_of=datetime(2026, 1, 12, 9, 0, tzinfo=UTC),
    headline=headline(STANDARDS, CAUSES, FOLLOW_UPS),
    stages=STAGES,
    departments=DEPARTMENTS,
    touchpoints=TOUCHPOINTS,
    standards=STANDARDS,
    restatements=RESTATEMENTS,
    times=TIMES,
    charts=CHARTS,
    slices=SLICES,
    mixes=MIXES,
    drivers=DRIVERS,
    causes=CAUSES,
    follow_ups=FOLLOW_UPS,
    families=(
        Family(name="verdicts", tests=11, rejected=7),
        Family(name="changes", tests=18, rejected=11),
        Family(name="slices", tests=140, rejected=3),
    ),
    data=DATA,
    trace=Trace(
        programme_sha256="0f3a" * 16,
        snapshot=(
            Ref(uri="7b/7b2e" + "00" * 30 + ".parquet", sha256="7b2e" * 16, rows=2604),
            Ref(uri="5d/5d11" + "00" * 30 + ".parquet", sha256="5d11" * 16, rows=2385),
        ),
        versions={"touchstone-cx": "0.1.0", "pandas": "3.1.1", "numpy": "2.3.4", "python": "3.11.9"},
    ),
)

HISTORY = (
    HistoryEntry(
        cycle="2025Q3",
        edition="2025Q3",
        as_of=datetime(2025, 10, 13, 8, 0, tzinfo=UTC),
        headline="Of 13 standards, 4 were met, 1 was not met and 3 are uncertain; 3 follow-ups are open.",
        met=4,
        not_met=1,
        unsure=3,
        open_follow_ups=3,
        manifest_sha256="aa01" * 16,
        ledger_head="bb01" * 16,
    ),
    HistoryEntry(
        cycle="2025Q4",
        edition="2025Q4",
        as_of=SUMMARY.as_of,
        headline=SUMMARY.headline,
        met=4,
        not_met=3,
        unsure=6,
        open_follow_ups=4,
        manifest_sha256="aa02" * 16,
        ledger_head="bb02" * 16,
    ),
    HistoryEntry(
        cycle="2025Q3",
        edition="2025Q3.r2",
        as_of=datetime(2025, 10, 13, 8, 0, tzinfo=UTC),
        headline="Of 13 standards, 3 were met, 1 was not met and 4 are uncertain; 3 follow-ups are open.",
        met=3,
        not_met=1,
        unsure=4,
        open_follow_ups=3,
        manifest_sha256="aa03" * 16,
        ledger_head="bb03" * 16,
        revision_reason="The survey file held September twice.",
    ),
)


def _hostile_drivers(one: Drivers, words: str) -> Drivers:
    drivers = tuple(driver.model_copy(update={"question": words}) for driver in one.drivers)
    return one.model_copy(update={"source": words, "overall": words, "note": words, "left_out": {words: words}, "drivers": drivers})


def with_hostile_words(words: str) -> CycleSummary:
    """Return the sample with `words` in every place that a person outside the project can fill."""
    return SUMMARY.model_copy(
        update={
            "title": words,
            "headline": words,
            "revision_reason": words,
            "stages": tuple(stage.model_copy(update={"title": words}) for stage in STAGES),
            "departments": tuple(department.model_copy(update={"title": words}) for department in DEPARTMENTS),
            "touchpoints": tuple(place.model_copy(update={"title": words}) for place in TOUCHPOINTS),
            "standards": tuple(row.model_copy(update={"title": words, "note": words}) for row in STANDARDS),
            "charts": tuple(chart.model_copy(update={"title": words, "rebased": words, "note": words}) for chart in CHARTS),
            "slices": tuple(
                one.model_copy(update={"title": words, "parts": (SlicePart(dimension=words, value=words),) * len(one.parts)})
                for one in SLICES
            ),
            "mixes": tuple(mix.model_copy(update={"title": words, "dimension": words}) for mix in MIXES),
            "drivers": tuple(_hostile_drivers(one, words) for one in DRIVERS),
            "times": tuple(time.model_copy(update={"start": words}) for time in TIMES),
            "causes": tuple(
                cause.model_copy(update={"label": words, "terms": (words,), "quotes": (Quote(record_id=words, text=words),)})
                for cause in CAUSES
            ),
            "follow_ups": tuple(one.model_copy(update={"title": words, "evidence": words}) for one in FOLLOW_UPS),
            "data": DATA.model_copy(
                update={
                    "accounts": tuple(account.model_copy(update={"source": words, "place": words}) for account in DATA.accounts),
                    "rules": tuple(rule.model_copy(update={"rule": words, "record_ids": (words,)}) for rule in DATA.rules),
                    "gate": tuple(check.model_copy(update={"name": words, "notes": words}) for check in DATA.gate),
                    "adjustments": tuple(choice.model_copy(update={"words": words, "source": words}) for choice in DATA.adjustments),
                    "files": tuple(file.model_copy(update={"source": words, "place": words}) for file in DATA.files),
                    "feeds": tuple(feed.model_copy(update={"source": words, "warnings": (words,)}) for feed in DATA.feeds),
                    "pipes": tuple(pipe.model_copy(update={"pipe": words, "channel": words}) for pipe in DATA.pipes),
                    "categories": tuple(use.model_copy(update={"source": words, "names": {words: 49}}) for use in DATA.categories),
                    "responses": tuple(rate.model_copy(update={"survey": words}) for rate in DATA.responses),
                }
            ),
        }
    )


def with_nothing() -> CycleSummary:
    """Return a quarter without standards, causes, follow-ups or records."""
    nothing = DataQuality(accounts=(), rules=(), gate=(), unplaced=0, records=0, ratings=0, texts=0, without_cause=0, praise=0)
    return SUMMARY.model_copy(
        update={
            "headline": headline((), (), ()),
            "standards": (),
            "restatements": (),
            "times": (),
            "charts": (),
            "slices": (),
            "mixes": (),
            "drivers": (),
            "causes": (),
            "follow_ups": (),
            "families": (),
            "data": nothing,
            "touchpoints": tuple(place.model_copy(update={"records": 0}) for place in TOUCHPOINTS),
        }
    )

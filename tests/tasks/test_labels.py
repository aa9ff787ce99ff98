"""Labels: readable phrases that customers wrote, none twice, and never a number, a mask, a name or a closing remark."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.causes.encoders import shipped
from tasks.causes.graph import NO_CLUSTER, centres
from tasks.causes.labels import cause_labels, is_apt, theme_labels
from tasks.causes.naming import Encode, Floats
from tasks.causes.phrases import TEXTS_A_CLUSTER, Phrases, count_phrases, draw
from tasks.causes.profiles import distinctness, profiles
from tasks.causes.texts import NO_TEXT, UniqueTexts, collapse
from tasks.causes.vocabulary import is_telling, sense, stem
from tasks.causes.writing import as_written, persons

DESK = "Case closed. Case resolved."
CAUSES = {
    "late": [
        "My parcel arrived a week late.",
        "The parcel arrived late again!",
        "Why did the parcel arrive so late?",
        "My parcel arrived late and the box was wet",
        "again a late parcel, this is the third late parcel",
        "The parcel arrived late, nobody told me.",
    ],
    "twice": [
        "I was charged twice for one order.",
        "You charged me twice, I was charged twice for one order",
        "charged twice for the same order",
        "My card was charged twice for one order",
        "I have been charged twice for my order",
        "Charged twice for one order and no reply",
    ],
    "cash": [
        "The machine gave me the wrong amount of cash.",
        "I received the wrong amount of cash",
        "wrong amount of cash from the machine",
        "Got the wrong amount of cash at the machine",
        "It paid out the wrong amount of cash",
        "The wrong amount of cash came out",
    ],
    "refund": [
        "I have not received my refund",
        "My refund was not received",
        "refund not received after four weeks",
        "Refund not received, refund still missing",
        "The refund has not been received",
        "My refund not received yet",
    ],
}


def hashed_words(texts: Sequence[str]) -> Floats:
    """A row of length 1 for each text, from its words alone: alike where texts share words, in any language and at once."""
    rows = np.zeros((len(texts), 256), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().split():
            rows[row, random.Random(stem(word.strip(".,!?"))).randrange(256)] += 1
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def clustered(groups: Sequence[Sequence[str]]) -> tuple[UniqueTexts, np.ndarray]:
    """The texts of all groups, each group a cluster; a text that two groups share belongs to the first."""
    unique = collapse([text for group in groups for text in group])
    of_record = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    clusters = np.full(len(unique.keys), NO_CLUSTER)
    for row, cluster in zip(unique.of_record[::-1], of_record[::-1], strict=True):
        if row != NO_TEXT:
            clusters[row] = cluster
    return unique, clusters


def counted(groups: Sequence[Sequence[str]]) -> Phrases:
    return count_phrases(*clustered(groups))


def labels_of(groups: Sequence[Sequence[str]], encode: Encode = hashed_words, earlier: dict[int, str] | None = None) -> tuple[str, ...]:
    unique, clusters = clustered(groups)
    middles = centres(encode(unique.texts), clusters)
    return cause_labels(count_phrases(unique, clusters), unique.texts, middles, encode, earlier or {}, ())


# --- labels


@pytest.mark.parametrize("encode", [hashed_words, shipped().encode], ids=["words", "shipped"])
def test_a_cause_is_named_by_the_phrase_that_its_customers_use(encode: Encode) -> None:
    late, twice, cash, refund = labels_of(list(CAUSES.values()), encode)
    assert late in ("Parcel arrived late", "Late parcel")
    assert twice in ("Charged twice", "Charged twice for one order")
    assert cash == "Wrong amount of cash"
    assert refund in ("Refund not received", "Refund was not received")


def test_closing_remarks_and_the_desk_s_names_are_in_no_label() -> None:
    closings = [
        f"{DESK} Closed by J. Dunn.",
        f"{DESK} Thank you for calling, kind regards Barbara Ferrer",
        f"{DESK} printed for jim, Mr. Okafor",
    ]
    groups = [[f"{text} {closings[place % 3]}" for place, text in enumerate(texts * 2)] for texts in CAUSES.values()]
    words = set(" ".join(labels_of(groups)).lower().split())
    assert words.isdisjoint({"case", "closed", "resolved", "dunn", "barbara", "ferrer", "jim", "okafor", "thank", "regards", "printed"})
    assert {"parcel", "twice", "cash", "refund"} <= words


def test_a_remark_that_closes_one_cause_s_texts_does_not_name_it() -> None:
    closed = [f"{text} Replaced by crew today." for text in CAUSES["late"]]
    late, *_ = labels_of([closed, *list(CAUSES.values())[1:]])
    assert late in ("Parcel arrived late", "Late parcel")


def test_two_causes_told_in_the_same_words_have_different_labels() -> None:
    halves = [CAUSES["twice"][:3] * 2, [f"Hello, {text}" for text in CAUSES["twice"]], CAUSES["cash"]]
    found = labels_of(halves)
    assert len({sense(label.lower()) for label in found}) == 3


def test_a_phrase_names_the_cause_for_which_it_says_most() -> None:
    both = [*CAUSES["twice"], "wrong amount of cash", "the wrong amount of cash, charged twice"]
    twice, cash = labels_of([both, CAUSES["cash"]])
    assert (twice, cash) == ("Charged twice for one order", "Wrong amount of cash")


def test_numbers_masks_and_redactions_are_in_no_label() -> None:
    groups = [[f"[name] XXXX 2026 {text} [email] XX/XX/XXXX on 3 May, [phone] {{$100.00}}" for text in texts] for texts in CAUSES.values()]
    for label in labels_of(groups):
        assert not re.search(r"\d|\[|\bname|email|phone|xx|may|\$", label.lower()), label


def test_html_and_template_code_are_in_no_label() -> None:
    groups = [
        [f"<div class='msg'>{text}</div><script>alert('hi')</script>&nbsp;{{{{ user.pay }}}}" for text in texts]
        for texts in CAUSES.values()
    ]
    for label in labels_of(groups):
        assert not re.search(r"[<>{}&]|div|msg|script|alert|nbsp|user", label.lower()), label


def test_an_earlier_label_is_kept_while_it_is_apt_and_not_given_to_another() -> None:
    groups = list(CAUSES.values())
    assert labels_of(groups, earlier={1: "Double charge for an order"})[1] == "Charged twice for one order"
    kept = labels_of(groups, earlier={1: "Order charged twice", 2: "Broken treadmill"})
    assert kept[1:3] == ("Order charged twice", "Wrong amount of cash")
    assert len({sense(label.lower()) for label in kept}) == 4


def test_a_label_that_is_taken_is_not_given() -> None:
    unique, clusters = clustered(list(CAUSES.values()))
    middles = centres(hashed_words(unique.texts), clusters)
    phrases = count_phrases(unique, clusters)
    found = cause_labels(phrases, unique.texts, middles, hashed_words, {}, ["Wrong amount of cash"])
    assert "Wrong amount of cash" not in found
    assert len(found) == 4


def test_a_cause_that_is_alone_is_named_by_what_most_of_it_says() -> None:
    assert labels_of([["The pool was cold on Sunday."] * 3 + ["My pool was cold", "the pool was cold, so cold", "Pool was cold!"]]) == (
        "Pool was cold",
    )


@pytest.mark.parametrize(
    ("texts", "label"),
    [
        (["Kaputt"] * 9, "Mentions of kaputt"),
        (["🙂🙂", "👍"], "Mixed remarks"),
        (["die", "a", "I", "not"], "Mixed remarks"),
    ],
)
def test_where_there_is_no_phrase_a_word_does_and_where_there_is_none_the_label_says_so(texts: list[str], label: str) -> None:
    unique, clusters = clustered([[*texts, "the and of"], CAUSES["late"]])
    middles = np.eye(2, 256, dtype=np.float32)
    assert cause_labels(count_phrases(unique, clusters), unique.texts, middles, hashed_words, {}, ())[0] == label


def test_thirty_causes_of_which_nothing_can_be_said_have_thirty_labels() -> None:
    unique, clusters = clustered([[f"the {'very ' * place}"] for place in range(1, 31)])
    found = cause_labels(count_phrases(unique, clusters), unique.texts, np.eye(30, 256, dtype=np.float32), hashed_words, {}, ())
    assert len(set(found)) == 30
    assert found[:2] == ("Mixed remarks", "Mixed remarks, group two")


OTHER_LANGUAGES = [
    (["Das Paket kam viel zu spät an", "Mein Paket kam zu spät", "Paket kam zu spät, Ärger"], "paket"),
    (["La livraison est en retard", "livraison en retard encore", "Ma livraison en retard de deux jours"], "livraison"),
    (["我的包裹 迟到了", "包裹 迟到了 很久", "包裹 迟到了"], "包裹"),
    (["荷物が届かない", "荷物が届かない", "荷物が届かない!"], "荷物が届かない"),
    (["الطرد لم يصل بعد", "الطرد لم يصل", "لماذا الطرد لم يصل"], "الطرد"),
    (["посылка не пришла", "моя посылка не пришла", "Посылка не пришла!"], "посылка"),
]


def test_causes_in_other_languages_are_named_in_them() -> None:
    groups = [texts * 2 for texts, _ in OTHER_LANGUAGES]
    for label, (_, word) in zip(labels_of(groups), OTHER_LANGUAGES, strict=True):
        assert word in label.lower()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(st.text(min_size=1, max_size=40), st.sampled_from([text for texts in CAUSES.values() for text in texts])),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_is_written_each_cause_has_a_label_of_its_own(groups: list[list[str]]) -> None:
    unique, clusters = clustered(groups)
    count = int(clusters.max(initial=-1)) + 1
    found = cause_labels(count_phrases(unique, clusters), unique.texts, np.eye(count, 256, dtype=np.float32), hashed_words, {}, ())
    assert len(found) == len({label.casefold() for label in found}) == count
    for label in found:
        assert label == label[0].upper() + label[1:]
        assert 2 <= len(re.split(r"[\s-]+", label)) <= 5
        assert not re.search(r"[\d\[\]<>{}]", label)


def test_the_order_of_the_texts_changes_no_label() -> None:
    groups = list(CAUSES.values())
    assert labels_of([group[::-1] for group in groups]) == labels_of(groups)


# --- themes


def test_a_theme_of_one_cause_has_its_label_and_others_have_one_of_their_own() -> None:
    unique, clusters = clustered(list(CAUSES.values()))
    middles = centres(hashed_words(unique.texts), clusters)
    phrases = count_phrases(unique, clusters)
    causes = cause_labels(phrases, unique.texts, middles, hashed_words, {}, ())
    found = theme_labels(phrases, np.array([0, 1, 1, 2]), unique.texts, middles, hashed_words, causes)
    assert (found[0], found[2]) == (causes[0], causes[3])
    assert re.search("twice|cash|order|machine", found[1].lower())
    assert found[1] not in causes
    assert len(set(found)) == 3


def test_the_use_of_phrases_by_theme_is_that_of_its_records() -> None:
    by_theme = counted([["cold pool"] * 6 + ["warm pool"] * 2, ["cold pool again"] * 2]).by_theme(np.array([0, 0]))
    cover = dict(zip(by_theme.names, by_theme.cover.toarray()[0], strict=True))
    assert by_theme.sizes.tolist() == [10]
    assert cover == {"cold": pytest.approx(0.8), "pool": pytest.approx(1.0), "cold pool": pytest.approx(0.8)} | {
        name: share for name, share in cover.items() if name not in ("cold", "pool", "cold pool")
    }


# --- phrases and their use


def at(phrases: Phrases, values: np.ndarray) -> dict[str, list[float]]:
    """The values of clusters × phrases by phrase."""
    return {name: column.round(6).tolist() for name, column in zip(phrases.names, values.T, strict=True)}


def test_phrases_are_counted_by_record_and_reach_across_no_break_and_no_redaction() -> None:
    phrases = counted([["cold pool"] * 3 + ["a cold pool, cold pool"], ["pool. cold! xxxx pool"] * 4])
    assert phrases.sizes.tolist() == [4, 4]
    assert at(phrases, phrases.cover.toarray()) == {"cold": [1, 1], "pool": [1, 1], "cold pool": [1, 0]}
    assert phrases.words.tolist() == [1, 1, 2]


def test_how_often_a_phrase_may_begin_and_end_where_it_does_is_known() -> None:
    phrases = counted([["street light outage", "street light outage again", "the street light", "street light in a park. light!"]])
    use = {name: (opens, closes) for name, opens, closes in zip(phrases.names, phrases.opens, phrases.closes, strict=True)}
    assert use["street light"] == (1.0, 0.5)  # twice before "outage"
    assert use["light"] == (0.2, 0.6)


def test_what_is_said_first_is_known() -> None:
    phrases = counted([["The pool was cold. Now closed."] * 3 + ["Cold pool! I like the pool."]])
    leads = dict(zip(phrases.names, phrases.leads, strict=True))
    assert (leads["pool"], leads["closed"], leads["cold"]) == (0.8, 0.0, 1.0)


def test_a_particle_that_nearly_always_follows_a_word_belongs_to_it() -> None:
    ups = ["top up failed", "my top up", "the top up was slow", "up again", "it is up", "prices up", "costs up", "all is up"]
    phrases = counted([ups * 2, ["cannot log in", "log in now", "paid in"] * 3])
    whole = dict(zip(phrases.names, phrases.is_whole, strict=True))
    assert (whole["top up"], whole["log in"], whole["cannot log in"], whole["top"]) == (True, True, True, True)
    closes = dict(zip(phrases.names, phrases.closes, strict=True))
    assert closes["top"] == 0.0  # nowhere does it end without its particle


def test_the_weight_of_a_phrase_is_its_part_of_the_divergence() -> None:
    phrases = counted([["pool cold"] * 6 + ["pool warm"] * 3, ["lock cold"] * 3])
    weight = at(phrases, distinctness(phrases).toarray())
    # all of the first cluster's nine records use `pool`, three quarters of all twelve, half of the mean cluster: 1 · ln(1 / 0.75)
    assert weight["pool"] == pytest.approx([np.log(4 / 3), 0], abs=1e-5)
    # two thirds of its records use `cold`, less than the mean of the two clusters, 5 / 6
    assert weight["cold"] == pytest.approx([0, np.log(6 / 5)], abs=1e-5)
    assert weight["lock"] == pytest.approx([0, np.log(2)], abs=1e-5)


def test_a_profile_is_of_length_one_and_starts_with_what_tells_most() -> None:
    first, second = profiles(counted([["the pool was cold"] * 6 + ["pool warm"] * 3, ["the lock was cold"] * 3]))
    assert next(iter(first)) == "pool"
    assert next(iter(second)) == "lock"
    assert sum(weight**2 for weight in first.values()) == pytest.approx(1, abs=1e-5)
    assert set(first) <= {"pool", "warm", "cold"}


def test_the_sample_of_a_cluster_is_bounded_and_stands_for_all_its_records() -> None:
    def word(number: int) -> str:
        return "".join(chr(97 + int(digit)) for digit in str(number))

    keys = [f"{word(number)} cold pool" for number in range(20_000)]
    weights = np.ones(20_000, dtype=np.int64)
    weights[:10] = 500
    sample = draw(keys, weights, np.zeros(20_000, dtype=np.int64))
    assert len(sample.rows) == TEXTS_A_CLUSTER
    assert set(range(10)) <= set(sample.rows.tolist())  # the ten stand for a fifth of all records
    assert sample.weight.sum() == pytest.approx(24_990, rel=0.1)
    again = draw(keys[::-1], weights[::-1], np.zeros(20_000, dtype=np.int64))
    assert {keys[row] for row in sample.rows} == {keys[::-1][row] for row in again.rows}


def test_estimates_from_the_sample_are_right_on_average() -> None:
    # a third of the records use the word; 200 draws that differ in the hashes alone
    shares = []
    for seed in range(200):
        keys = [
            f"{chr(97 + seed % 26)}{chr(97 + seed // 26)}{chr(97 + n % 26)}{chr(97 + n // 26)} {'cold' if n % 3 == 0 else 'warm'}"
            for n in range(600)
        ]
        sample = draw(keys, 1 + np.arange(600) % 7, np.zeros(600, dtype=np.int64))
        is_cold = np.array([keys[row].endswith("cold") for row in sample.rows])
        shares.append(sample.weight[is_cold].sum() / (1 + np.arange(600) % 7).sum())
    truth = (1 + np.arange(0, 600, 3) % 7).sum() / (1 + np.arange(600) % 7).sum()
    assert np.mean(shares) == pytest.approx(truth, abs=4 * np.std(shares) / 200**0.5)


def test_long_texts_are_fewer_in_a_sample() -> None:
    keys = [" ".join(f"{chr(97 + number)}word" for _ in range(9_000)) for number in range(6)]
    assert len(draw(keys, np.ones(6, dtype=np.int64), np.zeros(6, dtype=np.int64)).rows) == 2


# --- words


def test_forms_of_a_word_have_one_sense_and_a_negation_another() -> None:
    assert sense("refunds received") == sense("received a refund") == sense("receive the refund")
    assert sense("refund not received") != sense("refund received")
    assert sense("never received my refund") == sense("refund was not received")


def test_words_that_tell_nothing_are_known() -> None:
    assert all(is_telling(word) for word in ("bill", "fire", "amount", "interest", "паркинг", "支払"))
    assert not any(is_telling(word) for word in ("the", "x", "aaaa", "xxxx", "didn't", "jim", "july", "case", "e" * 26))


def test_a_word_after_a_title_an_initial_or_a_given_name_is_a_name() -> None:
    texts = [
        "Called Mr Okafor twice",
        "I saw Jim Drago there",
        "J. Dunn was rude",
        "Street light in E Broadway",
        "A Parcel came",
        "Dunn again",
    ]
    found = persons(texts)
    assert {"okafor", "drago", "dunn", "jim"} <= found
    assert found.isdisjoint({"broadway", "parcel", "street"})


def test_a_word_that_is_more_often_something_else_is_no_name() -> None:
    assert "street" not in persons(["Mr Street called", "the street is dark", "a dark street", "my street"])


@pytest.mark.parametrize(
    ("phrase", "texts", "written"),
    [
        ("fcra notice", ["I sent the FCRA notice", "an FCRA notice came late", "fcra NOTICE"], "FCRA notice"),
        ("street light", ["STREET LIGHT OUT AGAIN", "Street Light Outage", "Street Light"], "street light"),
        ("top up", ["my top-up failed", "the top-up is gone", "top up"], "top-up"),
        ("apple pay", ["Can I use Apple Pay here", "does it take Apple Pay yet", "with apple pay"], "Apple Pay"),
        ("equifax report", ["EQUIFAX REPORT IS WRONG", "my Equifax report is wrong"], "Equifax report"),
        ("can't log in", ["I can’t log in today", "I can't log in"], "can't log in"),
        ("never written", ["nothing of that kind"], "never written"),
    ],
)
def test_a_phrase_is_written_as_most_customers_write_it(phrase: str, texts: list[str], written: str) -> None:
    assert as_written(phrase, texts) == written


def test_a_label_stays_apt_while_most_of_its_words_do() -> None:
    assert is_apt("Street light outage", {"street": 0.8, "light": 0.6})
    assert not is_apt("Student loan", {"loan": 0.8, "mortgage": 0.6})

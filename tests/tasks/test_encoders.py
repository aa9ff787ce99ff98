"""Vectors: what the shipped model gives, that a text's vector is its own, and which encoders a programme may name."""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from tasks.causes import encoders
from tasks.causes.encoders import encoder, foreign_share, shipped, static_rows, static_table

SHIPPED = Path(encoders.__file__).parent / "shipped"
MEGABYTE = 1_000_000

SENTENCES = [
    "My card has not arrived yet.",
    "I am still waiting for my card.",
    "The street light outside my house is broken.",
    "WHY WAS I CHARGED TWICE??!",
]
# What sentence-transformers 6.2 gives for them with the published weights in 32 bits: six coordinates each, and their cosines.
PUBLISHED = [
    [-0.0436, 0.0189, 0.0009, 0.0229, -0.0109, -0.0418],
    [-0.0341, -0.0181, 0.0140, 0.0411, 0.0269, -0.0510],
    [0.0218, -0.0598, 0.1384, 0.0383, 0.0188, -0.0469],
    [0.0225, 0.0039, 0.0505, 0.0565, 0.0631, -0.0491],
]
PUBLISHED_COSINES = [[1, 0.781, 0.074, 0.218], [0.781, 1, 0.069, 0.211], [0.074, 0.069, 1, 0.140], [0.218, 0.211, 0.140, 1]]

ENGLISH = [*SENTENCES, "Nobody answers the phone.", "I would like to cancel my contract", "Thank you for your quick help."]
FOREIGN = {
    "German": [
        "Ich warte seit drei Wochen auf mein Paket.",
        "Warum wurde mir das Ticket zweimal berechnet?",
        "Der Fahrer war unfreundlich.",
    ],
    "French": ["J'attends mon colis depuis trois semaines.", "Pourquoi ai-je été débité deux fois ?", "La chambre était sale et bruyante."],
    "Spanish": ["Llevo tres semanas esperando mi paquete.", "El conductor fue muy maleducado.", "La habitación estaba sucia."],
    "Chinese": ["我的包裹已经等了三个星期了。", "为什么扣了我两次钱？", "司机态度很差"],
    "Arabic": ["أنتظر طردي منذ ثلاثة أسابيع.", "لماذا تم خصم المبلغ مرتين؟", "السائق كان وقحا"],
    "Hindi": ["मेरा पार्सल तीन हफ्ते से नहीं आया।", "ड्राइवर बहुत बदतमीज़ था", "कमरा गंदा था"],
}


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither package asks a network for a model that it does not have."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def many(count: int) -> list[str]:
    """Texts of one to thirty words, all different."""
    words = ["card", "parcel", "late", "broken", "refund", "twice", "driver", "rude", "light", "street", "noise", "bill", "phone"]
    return [" ".join(words[(number * step) % len(words)] for step in range(1, 2 + number % 30)) + f" {number}" for number in range(count)]


def test_the_shipped_files_are_those_that_make_wrote_and_hold_at_most_35_megabytes() -> None:
    sums = dict(reversed(line.split("  ")) for line in (SHIPPED / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    assert sorted(sums) == ["minilm.onnx", "static.npz", "tokenizer.json"]
    assert {name: hashlib.sha256((SHIPPED / name).read_bytes()).hexdigest() for name in sums} == sums
    assert sum(path.stat().st_size for path in SHIPPED.iterdir() if path.is_file()) <= 35 * MEGABYTE


def test_the_shipped_vectors_agree_with_the_published_model() -> None:
    vectors = shipped().encode(SENTENCES)
    np.testing.assert_allclose(vectors[:, :6], PUBLISHED, atol=0.02)  # eight bits are 0.004 off per coordinate, which run to 0.2
    np.testing.assert_allclose(vectors @ vectors.T, PUBLISHED_COSINES, atol=0.04)


def test_vectors_are_32_bit_rows_of_length_1() -> None:
    vectors = shipped().encode(many(40))
    assert (vectors.dtype, vectors.shape, shipped().dimensions) == (np.float32, (40, 384), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert shipped().encode([]).shape == (0, 384)


def test_a_text_has_the_same_bits_in_any_order_in_any_company_and_alone() -> None:
    texts = many(90)
    whole = shipped().encode(texts)
    backwards = shipped().encode(texts[::-1])[::-1]
    in_pieces = np.concatenate([shipped().encode(texts[start : start + 7]) for start in range(0, len(texts), 7)])
    alone = np.concatenate([shipped().encode([text]) for text in texts[:30]])
    assert np.array_equal(whole, backwards)
    assert np.array_equal(whole, in_pieces)
    assert np.array_equal(whole[:30], alone)


def test_one_thread_and_two_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*many(30), "my parcel never came " * 40]
    vectors = []
    for threads in (1, 2):
        monkeypatch.setattr(encoders, "_THREADS", threads)
        monkeypatch.setattr(encoders.os, "cpu_count", lambda: 2)
        encoders._session.cache_clear()
        vectors.append(shipped().encode(texts))
    encoders._session.cache_clear()
    assert np.array_equal(*vectors)


def test_limits_on_texts_and_pieces_at_once_do_not_change_a_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = many(60)
    whole, rows = shipped().encode(texts), static_rows(texts)
    monkeypatch.setattr(encoders, "_TEXTS_AT_ONCE", 11)
    monkeypatch.setattr(encoders, "_PIECES_AT_ONCE", 20)
    assert np.array_equal(whole, shipped().encode(texts))
    assert (rows != static_rows(texts)).nnz == 0


def _encode_in_child(texts: list[str], results: multiprocessing.Queue[bytes]) -> None:
    results.put(shipped().encode(texts).tobytes())


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # of Python 3.12 on; the very case that is tested
def test_a_forked_process_gives_the_same_bits_as_its_parent() -> None:
    texts = many(8)
    expected = shipped().encode(texts).tobytes()
    forks = multiprocessing.get_context("fork")
    results = forks.Queue()
    child = forks.Process(target=_encode_in_child, args=(texts, results), daemon=True)
    child.start()
    assert results.get(timeout=60) == expected
    child.join(timeout=60)


def test_a_text_with_nothing_to_read_is_a_row_of_zeros() -> None:
    nothing = ["", "   \n\t", "👍", "🚌 🚌", "\x00\x07", "\u200b"]
    assert not shipped().encode(nothing).any()
    assert not (static_rows(nothing) @ static_table()).any()
    assert shipped().encode(["👍 great"]).any()


def test_only_the_first_128_word_pieces_are_read() -> None:
    start = "late " * 126
    assert np.array_equal(*shipped().encode([start, start + "and rude"]))
    assert not np.array_equal(*shipped().encode([start[5:], start[5:] + "rude"]))


@pytest.mark.parametrize("text", ["a" * 100_000, "card " * 20_000, "é" * 100_000, "字" * 100_000, "[MASK]" * 15_000, "👍" * 100_000])
def test_100000_characters_take_no_more_than_a_moment(text: str) -> None:
    shipped().encode(["imports"])
    started = time.process_time()
    shipped().encode([text])
    static_rows([text])
    assert time.process_time() - started < 1


@given(st.lists(st.text(st.characters(), max_size=60), max_size=4))  # all characters, halves of characters among them
@settings(max_examples=40, deadline=None)
def test_whatever_is_written_gives_rows_of_length_1_or_of_zeros(texts: list[str]) -> None:
    lengths = np.linalg.norm(shipped().encode(texts), axis=1)
    assert all(abs(length - 1) < 1e-5 or length == 0 for length in lengths)
    assert static_rows(texts).shape == (len(texts), 30_522)
    assert 0 <= foreign_share(texts) <= 1


def test_marks_of_the_model_that_stand_in_a_text_do_not_break_it() -> None:
    hostile = [
        "[CLS] [SEP] [MASK] [PAD] [UNK]",
        "{{ 7 * 7 }} ${jndi:x}",
        "<script>alert(1)</script>",
        "\ud800 half",
        "a\u0301" * 300,
        "\u202eesrever",
    ]
    assert np.isfinite(shipped().encode(hostile)).all()
    assert np.isfinite(static_rows(hostile) @ static_table()).all()


def test_static_rows_hold_the_square_root_of_how_often_a_piece_stands_in_a_text() -> None:
    rows = static_rows(["late late late late bus", "", "bus"])
    assert rows.shape == (3, 30_522)
    assert sorted(rows[[0]].data.tolist()) == [1, 2]
    assert rows[[1]].nnz == 0
    assert rows[[2]].data.tolist() == [1]


def test_static_vectors_weigh_rare_words_more_and_unused_pieces_nothing() -> None:
    lengths = np.linalg.norm(static_table(), axis=1)
    assert static_table().shape == (30_522, 256)
    assert not lengths[:999].any()
    common, rare = (static_rows([word]).indices[0] for word in ("the", "refund"))
    assert lengths[common] < 0.1 * lengths[rare]


def test_static_vectors_bring_texts_on_the_same_matter_together() -> None:
    vectors = static_rows(SENTENCES) @ static_table()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > 0.5 > 2 * max(cosines[0, 2], cosines[1, 2])


def test_the_static_table_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        static_table()[0, 0] = 1


def test_english_is_not_foreign_and_other_languages_are() -> None:
    assert foreign_share(ENGLISH) == 0
    assert {language: foreign_share(texts) for language, texts in FOREIGN.items()} == dict.fromkeys(FOREIGN, 1)


def test_the_foreign_share_is_of_texts_with_words() -> None:
    german = FOREIGN["German"][0]
    assert foreign_share([ENGLISH[0], ENGLISH[1], ENGLISH[2], german, "", "12/4", "👍", "XXXX"]) == 0.25
    assert foreign_share(["", "5", "👍"]) == foreign_share([]) == 0


def test_the_foreign_share_of_many_texts_is_that_of_a_sample_which_the_order_does_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "FOREIGN_SAMPLE", 200)
    texts = [f"{text} {number}" for number in range(300) for text in (ENGLISH[0], FOREIGN["Chinese"][0], ENGLISH[1])]
    share = foreign_share(texts)
    assert share == foreign_share(texts[::-1])
    assert 0.23 < share < 0.43  # a third, within three standard errors of 200


def test_the_name_tells_the_shipped_files_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = shipped().name
    assert encoder("").name == name
    (tmp_path / "SHA256SUMS").write_text("other files", encoding="utf-8")
    monkeypatch.setattr(encoders, "_SHIPPED", tmp_path)
    assert shipped().name != name


@pytest.mark.parametrize("name", ["bert", "model2vec:", "minilm", ":x", "openai:large"])
def test_an_encoder_of_no_known_kind_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(
        InputError, match=r"^there is no encoder '.*': write model2vec: or sentence-transformers: with a model's folder or name$"
    ):
        encoder(name)


@pytest.mark.parametrize("kind", ["model2vec", "sentence-transformers"])
@pytest.mark.parametrize("place", ["/nowhere/model", "./nowhere", "../nowhere", "~/nowhere"])
def test_a_folder_that_is_not_there_is_never_looked_for_elsewhere(kind: str, place: str) -> None:
    with pytest.raises(InputError, match="names a folder that is not there"):
        encoder(f"{kind}:{place}")


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize("kind", ["model2vec", "sentence-transformers"])
def test_a_missing_package_or_a_folder_without_a_model_is_one_sentence(kind: str, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=rf"pip install 'touchstone-cx\[{kind}\]'$|cannot be read \(.*\): give the folder of a {kind} model"
    ) as error:
        encoder(f"{kind}:{tmp_path}")
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("without_models")
def test_a_model2vec_folder_is_an_encoder_that_is_known_by_what_it_holds(tmp_path: Path) -> None:
    model2vec = pytest.importorskip("model2vec", reason="the optional package model2vec is not installed")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    for name, table in {"first": static_table()[:, :8], "moved": static_table()[:, :8], "other": static_table()[:, 1:9]}.items():
        model2vec.StaticModel(table.copy(), tokenizer).save_pretrained(tmp_path / name)
    first, moved, other = (encoder(f"model2vec:{tmp_path / name}") for name in ("first", "moved", "other"))
    assert first.name == moved.name != other.name
    vectors = first.encode([*SENTENCES, "", "👍"])
    assert (vectors.dtype, vectors.shape, first.dimensions) == (np.float32, (6, 8), 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 1, 0, 0], atol=1e-6)
    assert first.encode([]).shape == (0, 8)

"""Turns texts into vectors: with the small English model shipped here, or with one that a programme names.

The shipped model is all-MiniLM-L6-v2 of sentence-transformers in 8 bits; shipped/README.md says how it was made and measured.

Sources: Wang et al. (2020), MiniLM, NeurIPS 33; Reimers and Gurevych (2019), Sentence-BERT, EMNLP, for the mean over word
pieces; Minish Lab, Model2Vec (2024), and Arora, Liang and Ma (2017), A simple but tough-to-beat baseline for sentence
embeddings, ICLR, for the static vectors.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from config.errors import InputError
from tasks.causes.graph import unit_rows
from tasks.causes.texts import CHARACTERS_READ, hash_sample, is_redaction

Floats = npt.NDArray[np.float32]

DIMENSIONS = 384
PIECES_READ = 128  # of one text by the shipped model, its first and last mark included
FOREIGN_SAMPLE = 2_000

_SHIPPED = Path(__file__).parent / "shipped"
_UNKNOWN, _FIRST_MARK, _LAST_MARK = 100, 101, 102  # word pieces of the model: [UNK], [CLS], [SEP]
_TEXTS_AT_ONCE = 8192  # cut into word pieces
_PIECES_AT_ONCE = 2048  # through the model: bounds its memory
_THREADS = 2  # more gain little; one or two give the same bits
_PIECES_PER_FOREIGN_WORD = 1.6  # 90 to 100 % of German, French and Spanish texts reach it, and 0 to 4 % of three English sets
_WORD = re.compile(r"[^\W\d_]+")
_LAST_LATIN_LETTER = "\u024f"


@dataclass(frozen=True)
class Encoder:
    """A way to turn texts into vectors."""

    name: str  # changes with the model's files: vectors of encoders with different names must not be compared
    dimensions: int
    encode: Callable[[Sequence[str]], Floats]  # texts × dimensions, rows of length 1; zeros where a text has nothing to read


def encoder(name: str) -> Encoder:
    """Return the encoder that a programme names; the shipped one where the name is empty.

    `model2vec:PLACE` and `sentence-transformers:PLACE` read a model of that package, by its folder or by a name that the
    package finds; a folder is never looked for elsewhere. Raises InputError where the name, the package or the model is wrong.
    """
    if not name:
        return shipped()
    kind, _, place = name.partition(":")
    if kind not in _READERS or not place:
        raise InputError(f"there is no encoder '{name}': write model2vec: or sentence-transformers: with a model's folder or name")
    if not Path(place).is_dir() and (Path(place).is_absolute() or place.startswith((".", "~"))):
        raise InputError(f"the encoder '{name}' names a folder that is not there: give the folder that holds the model's files")
    try:
        return _READERS[kind](place)
    except ImportError as error:
        raise InputError(f"the encoder '{name}' needs a package that is not installed: pip install 'touchstone-cx[{kind}]'") from error
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise InputError(f"the encoder '{name}' cannot be read ({reason}): give the folder of a {kind} model, or its name") from error


def shipped() -> Encoder:
    """Return the encoder that is shipped: English, 384 dimensions, the first PIECES_READ word pieces of a text.

    A text's vector has the same bits whatever it is encoded with, on one thread or two; another kind of processor may
    round differently.
    """
    files = hashlib.sha256((_SHIPPED / "SHA256SUMS").read_bytes()).hexdigest()
    return Encoder(f"minilm-1@{files[:12]}", DIMENSIONS, _minilm)


def static_rows(texts: Sequence[str]) -> sparse.csr_array:
    """Return texts × word pieces: the square root of how often each stands in a text, so that a repeated word does not drown the rest."""
    found = [ids for _, ids in _word_pieces(texts)]
    ends = np.cumsum([0, *map(len, found)])
    columns = np.fromiter((piece for ids in found for piece in ids), dtype=np.int32, count=int(ends[-1]))
    rows = sparse.csr_array((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(found), len(static_table())))
    rows.sum_duplicates()
    rows.data = np.sqrt(rows.data)
    return rows


@cache
def static_table() -> Floats:
    """Return the static vector of each word piece, 30,522 × 256, not to be written to; shorter the more common the piece is."""
    with np.load(_SHIPPED / "static.npz") as stored:
        table: Floats = stored["vectors"].astype(np.float32) * stored["scale"]
    table.flags.writeable = False
    return table


def foreign_share(texts: Sequence[str]) -> float:
    """Return the share, 0 to 1, of texts that the shipped vectors do not read well, in a sample of FOREIGN_SAMPLE; 0 without words.

    Such a text has most of its letters outside the Latin alphabets, or its words fall apart into 1.6 word pieces each or more;
    English ones are mostly one piece each.
    """
    sampled = [texts[place] for place in hash_sample([_readable(text) for text in texts], FOREIGN_SAMPLE)]
    words = [[word for word in _WORD.findall(_readable(text)) if not is_redaction(word.lower())] for text in sampled]
    written = [found for found in words if found]
    if not written:
        return 0.0
    pieces = _word_pieces([" ".join(found) for found in written])
    return sum(_is_foreign(found, len(ids)) for found, (_, ids) in zip(written, pieces, strict=True)) / len(written)


def _is_foreign(words: Sequence[str], pieces: int) -> bool:
    letters = "".join(words)
    return sum(letter > _LAST_LATIN_LETTER for letter in letters) > len(letters) / 2 or pieces >= _PIECES_PER_FOREIGN_WORD * len(words)


def _minilm(texts: Sequence[str]) -> Floats:
    """Return the mean over each text's word pieces in the model's last layer, scaled to length 1.

    Texts with the same number of pieces go through together: nothing is padded, so that no text feels its neighbours.
    """
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        for places, inputs in _equally_long(texts[start : start + _TEXTS_AT_ONCE]):
            (states,) = _session(os.getpid()).run(["pieces"], {"input_ids": inputs})
            vectors[start + places] = unit_rows(states.mean(axis=1))
    return vectors


def _equally_long(texts: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Yield places and word pieces of texts with the same number of pieces; those without a known piece are left out."""
    by_length: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for place, ids in _word_pieces(texts):
        read = ids[: PIECES_READ - 2]
        if any(piece != _UNKNOWN for piece in read):
            by_length[len(read) + 2].append((place, [_FIRST_MARK, *read, _LAST_MARK]))
    for length, found in sorted(by_length.items()):
        step = max(1, _PIECES_AT_ONCE // length)
        for start in range(0, len(found), step):
            places, inputs = zip(*found[start : start + step], strict=True)
            yield np.array(places), np.array(inputs)


def _word_pieces(texts: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
    """Yield each text's place and the numbers of its word pieces, all of them."""
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        part = [_readable(text) for text in texts[start : start + _TEXTS_AT_ONCE]]
        for place, found in enumerate(_tokenizer().encode_batch_fast(part, add_special_tokens=False), start):
            yield place, found.ids


def _readable(text: str) -> str:
    """Return the text's first CHARACTERS_READ characters, with ? for halves of characters, which the tokenizer refuses."""
    return text[:CHARACTERS_READ].encode("utf-8", "replace").decode("utf-8")


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(_SHIPPED / "tokenizer.json"))


@cache
def _session(_process: int) -> Any:
    """Return the model's session of this process: a forked one has lost its parent's threads and must not use them."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(_THREADS, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a thread that waits should cost nothing
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # more may round otherwise
    return onnxruntime.InferenceSession(_SHIPPED / "minilm.onnx", options, providers=["CPUExecutionProvider"])


def _model2vec(place: str) -> Encoder:
    model = import_module("model2vec").StaticModel.from_pretrained(place, force_download=False)
    contents = [model.embedding.tobytes(), model.tokenizer.to_str().encode()]
    return _named("model2vec", contents, partial(model.encode, use_multiprocessing=False))


def _sentence_transformers(place: str) -> Encoder:
    """A text's vector may differ in its last bits with the texts it is encoded with: the package pads them to one length."""
    model = import_module("sentence_transformers").SentenceTransformer(place, device="cpu", local_files_only=Path(place).is_dir())
    contents = [weight.float().numpy().tobytes() for _, weight in sorted(model.state_dict().items())]
    return _named("sentence-transformers", contents, partial(model.encode, show_progress_bar=False))


def _named(kind: str, contents: Sequence[bytes], read: Callable[[list[str]], Floats]) -> Encoder:
    """Return the encoder under a name made from what the model holds, wherever its files lie."""
    dimensions = len(read(["a"])[0])

    def encode(texts: Sequence[str]) -> Floats:
        vectors = np.zeros((len(texts), dimensions), dtype=np.float32)
        written = [place for place, text in enumerate(texts) if text.strip()]
        if written:
            vectors[written] = unit_rows(np.asarray(read([_readable(texts[place]) for place in written]), dtype=np.float32))
        return vectors

    return Encoder(f"{kind}@{hashlib.sha256(b''.join(contents)).hexdigest()[:12]}", dimensions, encode)


_READERS: dict[str, Callable[[str], Encoder]] = {"model2vec": _model2vec, "sentence-transformers": _sentence_transformers}

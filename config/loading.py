"""Reading a programme file, and saying in one sentence what is wrong with it and where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from config.errors import InputError
from config.programme import Programme
from config.references import Location, Problem, broken_references, nearest


def load_programme(path: str | Path) -> Programme:
    """Return the programme that a YAML file describes.

    Raises InputError with file, line, what is wrong and the nearest right thing.
    """
    document = _read_yaml(Path(path))
    try:
        programme = Programme.model_validate(document)
    except ValidationError as error:
        location, message = _explain(error)
        raise _at(path, document, location, message) from None
    for location, message in broken_references(programme):
        raise _at(path, document, location, message)
    return programme


def freeze(programme: Programme) -> str:
    """Return the programme as canonical JSON: sorted keys, no white space, defaults written out."""
    content = programme.model_dump(mode="json", by_alias=True, exclude={"zone"})
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def thaw(frozen: str) -> Programme:
    """Return the programme that `freeze` wrote."""
    return Programme.model_validate_json(frozen)


def fingerprint(text: str) -> str:
    """Return the sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _read_yaml(path: Path) -> Any:
    try:
        document = YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; give the path of a programme file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error}); give the path of a programme file.") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = str(error.problem or error.context or "it cannot be read").split("\n")[0]
        raise InputError(f"{path}, line {line}: this is not valid YAML: {what}.") from None
    except YAMLError as error:
        raise InputError(f"{path}: this is not valid YAML: {error}.") from None
    if not isinstance(document, Mapping):
        raise InputError(f"{path}: a programme file is a mapping that begins with 'programme: name'; `touchstone init DIR` writes one.")
    return document


def _explain(error: ValidationError) -> Problem:
    """Return place and message of the most telling problem: an unknown key explains a missing one."""
    problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    problem = problems[0]
    location, kind = problem["loc"], problem["type"]
    if kind == "extra_forbidden":
        known = _known_keys(location)
        return location, f"unknown key {str(location[-1])!r}{nearest(str(location[-1]), known)}"
    if kind == "missing":
        return location, f"{str(location[-1])!r} is missing"
    message = problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    if kind == "literal_error":
        options = str(problem.get("ctx", {}).get("expected", "")).replace(" or ", ", ").replace("'", "").split(", ")
        return location, f"{problem['input']!r} is none of {', '.join(options)}{nearest(str(problem['input']), options)}"
    if kind == "string_pattern_mismatch":
        return location, f"{problem['input']!r} is not written as this needs it: {message.lower()}"
    is_scalar = isinstance(problem["input"], str | int | float) and repr(problem["input"]) not in message
    return location, message + (f" (given: {problem['input']!r})" if is_scalar else "")


def _known_keys(location: Location) -> list[str]:
    """Return the keys that may stand where `location` ends, by walking the models."""
    model: Any = Programme
    for step in location[:-1]:
        model = _step_into(model, step)
    fields = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
    return [field.alias or name for name, field in fields.items()]


def _step_into(model: Any, step: str | int) -> Any:
    """Return what lies one step down: a field's models, a list's item, the alternative of that tag."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        return fields.get(str(step), model)
    choices = list(_models_in(model))
    for choice in choices:
        if any((field.alias or name) == step for name, field in choice.model_fields.items()):
            return choice
    return choices[0] if len(choices) == 1 else model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _at(path: str | Path, document: Any, location: Location, message: str) -> InputError:
    line, place = _find(document, location)
    where = f"{path}, line {line}" + (f", {place}" if place else "")
    return InputError(f"{where}: {message.rstrip('.')}" + ("" if message.endswith("?") else "."))


def _find(document: Any, location: Location) -> tuple[int, str]:
    """Return line (from 1) and readable path of the deepest part of `location` that the file holds."""
    node: Any = document
    line, place = 1, ""
    for step in location:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0] + 1
            place += f".{step}" if place else str(step)
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
            place += f"[{_label(node[step], step)}]"
        else:
            continue  # a tag of ours, or a key that is missing
        node = node[step]
    return line, place


def _label(item: Any, index: int) -> str:
    return str(item.get("id") or item.get("question") or index) if isinstance(item, Mapping) else str(index)

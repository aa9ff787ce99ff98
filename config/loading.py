"""Reading a programme file, and saying in one sentence what is wrong with it and where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from config.errors import InputError
from config.look import Look, logo_of
from config.measures import MEASURES
from config.programme import Programme
from config.reads import READERS
from config.references import broken_references
from config.source_references import Location, Problem, nearest

DECISIONS = "causes"  # may stand in a file of its own
_PICTURE = "data:image/"
_CHOICES: Mapping[str, Iterable[str]] = {"measure": MEASURES, "reads": READERS}  # kinds of which a mapping's own key tells which it is
_IN_WORDS = {
    "tuple_type": "this must be a list, such as [a, b]",
    "dict_type": "this must be a mapping, such as {key: value}",
    "model_type": "this must be a mapping, such as {key: value}",
    "string_type": "this must be text",
    "string_too_short": "this must not be empty",
    "too_short": "this must not be empty",
}


def load_programme(path: str | Path) -> Programme:
    """Return the programme that a YAML file describes.

    Raises InputError with file, line, what is wrong and the nearest right thing.
    """
    document = _read_yaml(Path(path))
    beside = _take_in(Path(path), document, DECISIONS)
    _take_in_logo(Path(path), document)
    try:
        programme = Programme.model_validate(document)
    except ValidationError as error:
        location, message = _explain(error)
        raise _at(*_part(path, document, location, beside), message) from None
    for location, message in broken_references(programme):
        raise _at(*_part(path, document, location, beside), message)
    return programme


def _take_in(path: Path, document: Any, key: str) -> Path | None:
    """Put what a file beside the programme's says in the place of its name; return its path, None where no file is named."""
    name = document.get(key)
    if not isinstance(name, str):
        return None
    document[key] = _read_yaml(_beside(path, document, (key,), name))
    return path.parent / name


def _take_in_logo(path: Path, document: Any) -> None:
    """Put the picture itself in the place of its name, so that whoever renders the programme later needs no file."""
    look = document.get("look")
    name = look.get("logo") if isinstance(look, Mapping) else None
    if not isinstance(name, str) or not name:
        return
    place = ("look", "logo")
    try:
        document["look"]["logo"] = logo_of(_beside(path, document, place, name).read_bytes())
    except OSError as error:
        raise _at(path, document, place, f"{name} cannot be read ({error.strerror}); name a picture beside this file") from None
    except ValueError as error:
        raise _at(path, document, place, f"{name} {error}") from None


def _beside(path: Path, document: Any, location: Location, name: str) -> Path:
    """Return the path of a file in the programme's own folder; InputError where the name leads out of it."""
    if Path(name).name != name:
        raise _at(path, document, location, f"{name!r} is not the name of a file beside this one; put it into the same folder")
    return path.parent / name


def _part(path: str | Path, document: Any, location: Location, beside: Path | None) -> tuple[str | Path, Any, Location]:
    """Return file, content and place of a problem: in the file of decisions where these are in one of their own."""
    if beside is not None and location[:1] == (DECISIONS,):
        return beside, document[DECISIONS], location[1:]
    return path, document, location


def freeze(programme: Programme) -> str:
    """Return the programme as canonical JSON: sorted keys, no white space, defaults written out.

    A look that says nothing of its own is left out: programmes from before there was one keep their hash.
    """
    plain = {"look"} if programme.look == Look() else set()
    content = programme.model_dump(mode="json", by_alias=True, exclude={"zone", *plain})
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def thaw(frozen: str) -> Programme:
    """Return the programme that `freeze` wrote; InputError where another version of Touchstone wrote it, and this one cannot read it."""
    try:
        return Programme.model_validate_json(frozen)
    except ValidationError as error:
        location, message = _explain(error)
        place = ".".join(str(part) for part in location)
        raise InputError(
            f"A programme frozen in the ledger cannot be read by this version ({place}: {message}); finish its cycle with the version "
            "that began it."
        ) from None


def differences(before: str, after: str) -> tuple[str, ...]:
    """Return what differs between two frozen programmes, a line a value: `standards[on-time].target_share: 0.8, now 0.9`."""
    return tuple(_differences(json.loads(before), json.loads(after), ""))


def fingerprint(text: str) -> str:
    """Return the sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _differences(before: Any, after: Any, place: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _differences(before.get(key), after.get(key), f"{place}.{key}" if place else key)
    elif isinstance(before, list) and isinstance(after, list):
        labelled = ({f"{place}[{_label(item, index)}]": item for index, item in enumerate(items)} for items in (before, after))
        old, new = labelled
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differences(old.get(key), new.get(key), key)
    elif before != after:
        yield f"{place}: {_told(before)}, now {_told(after)}"


def _told(value: Any) -> str:
    """Return a value as JSON; of a picture, which nobody reads, its hash alone."""
    if isinstance(value, dict) and str(value.get("logo", "")).startswith(_PICTURE):
        value = value | {"logo": f"sha256 {fingerprint(value['logo'])}"}
    is_picture = isinstance(value, str) and value.startswith(_PICTURE)
    return f"sha256 {fingerprint(value)}" if is_picture else json.dumps(value, ensure_ascii=False)


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
        raise InputError(f"{path}: this is not valid YAML: {str(error).split(chr(10))[0]}.") from None
    if not isinstance(document, Mapping):
        raise InputError(f"{path}: a programme file is a mapping that begins with 'programme: name'; `touchstone init DIR` writes one.")
    return document


def _explain(error: ValidationError) -> Problem:
    """Return place and message of the most telling problem: an unknown key explains a missing one."""
    problem = min(error.errors(), key=_rank)
    location, kind, given = problem["loc"], problem["type"], problem["input"]
    if kind == "extra_forbidden":
        return location, f"unknown key {str(location[-1])!r}{nearest(str(location[-1]), _known_keys(location))}"
    if kind == "missing":
        name = location[-1]
        return location, f"item {name + 1} is missing" if isinstance(name, int) else f"{name!r} is missing"
    if kind == "literal_error":
        options = str(problem.get("ctx", {}).get("expected", "")).replace(" or ", ", ").replace("'", "").split(", ")
        no_list = ", and no list" if any(other["type"] == "tuple_type" for other in error.errors()) else ""
        return location, f"{given!r} is none of {', '.join(options)}{no_list}{nearest(str(given), options)}"
    if kind == "string_pattern_mismatch":
        return location, f"{given!r} is not written as this needs it: {problem['msg'].replace('String', 'string', 1)}"
    if kind in _CHOICES:
        meant = [nearest(str(key), _CHOICES[kind]) for key in given] if isinstance(given, Mapping) else []
        return location, problem["msg"] + "".join(meant[:1])
    message = _IN_WORDS.get(kind, problem["msg"].removeprefix("Input "))
    is_scalar = kind != "secret" and isinstance(given, str | int | float) and given != "" and repr(given) not in message
    return location, message + (f" (given: {given!r})" if is_scalar else "")


def _rank(problem: ErrorDetails) -> tuple[bool, bool]:
    """Return what sorts first: an unknown key, and a list's own mistake before "it is not the word `all`"."""
    return problem["type"] != "extra_forbidden", problem["type"] == "literal_error" and isinstance(problem["input"], list)


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

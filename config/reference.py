"""The reference of programme file and settings, written from the models themselves: docs that cannot drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.programme import Programme
from config.settings import PREFIX, Settings

Schema = Mapping[str, Any]


def programme_reference() -> str:
    """Return docs/programme.md: every key of the programme file, its type and what it means."""
    schema = Programme.model_json_schema()
    models = [schema, *(schema["$defs"][name] for name in _in_order(schema, schema["$defs"]))]
    return "\n".join([_HEAD, *(_section(model) for model in models)])


def settings_reference() -> str:
    """Return docs/settings.md: every environment variable, its default and what it means."""
    fields = Settings.model_json_schema()["properties"].items()
    rows = [f"| `{PREFIX}{name.upper()}` | {_default(field)} | {field['description']} |" for name, field in fields]
    return "\n".join([_SETTINGS_HEAD, "| variable | default | meaning |", "|---|---|---|", *rows, ""])


def _in_order(schema: Schema, definitions: Schema) -> list[str]:
    """Return the names of the models inside a schema, each once, in the order in which a reader meets them."""
    names: list[str] = []
    for field in schema.get("properties", {}).values():
        for name in _references(field):
            inner = [name, *_in_order(definitions[name], definitions)]
            names += [new for new in inner if new not in names]
    return names


def _references(field: Any) -> list[str]:
    if isinstance(field, list):
        return [name for item in field for name in _references(item)]
    if not isinstance(field, dict):
        return []
    own = [_name(field["$ref"])] if "$ref" in field else []
    return own + [name for key, value in field.items() if key not in ("$ref", "discriminator") for name in _references(value)]


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _section(model: Schema) -> str:
    required = model.get("required", ())
    rows = [
        f"| `{name}` | {_kind(field)} | {'required' if name in required else _default(field)} | {field['description']} |"
        for name, field in model["properties"].items()
    ]
    words = model["description"].replace("\n\n", " ")
    return "\n".join([f"## {model['title']}", "", words, "", "| key | value | default | meaning |", "|---|---|---|---|", *rows, ""])


def _kind(field: Schema) -> str:
    """Return a field's type as a reader of YAML would say it."""
    if "$ref" in field:
        return f"[{_name(field['$ref'])}](#{_name(field['$ref']).lower()})"
    if "enum" in field or "const" in field:
        return ", ".join(f"`{choice}`" for choice in field.get("enum", [field.get("const")]))
    choices = field.get("anyOf", field.get("oneOf", ()))
    if choices:
        return _or([_kind(choice) for choice in choices if choice.get("type") != "null"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items') or field['prefixItems'][0])}"
    if field.get("type") == "object":
        values = field.get("additionalProperties") or next(iter(field["patternProperties"].values()))
        is_nullable = any(choice.get("type") == "null" for choice in values.get("anyOf", ()))
        return f"mapping to {_kind(values)}" + (", or to `null`" if is_nullable else "")
    return {"integer": "whole number", "number": "number", "boolean": "yes or no"}.get(field.get("type", ""), "text")


def _or(kinds: Sequence[str]) -> str:
    *others, last = kinds
    return f"{', '.join(others)} or {last}" if others else last


def _default(field: Schema) -> str:
    default = field.get("default")
    if isinstance(default, dict):
        return "see there" if default else ""
    written = ", ".join(map(str, default)) if isinstance(default, list) else default
    return f"`{written}`" if written not in (None, "") else ""


_HEAD = """# The programme file

One YAML file describes one organisation's programme. An unknown key is refused, with the nearest one that is known.
`touchstone init DIR` writes a commented one to start from; `touchstone validate FILE` says what is wrong with yours.
`config/examples/` holds four for public data. This page is written from the models in `config/`.

- A **record** belongs to the touchpoint that its source names, else to the first one, in file order, all of whose `where` it meets.
- An **answer** belongs to the touchpoint that its question names, else to the one that the rating standards name for the question,
  else to its record's.
- `touchpoints: all` is one figure over every record, also those that belong to no touchpoint; a list gives one figure for each.
- A record is a **case** of a measure where its source maps the columns that are measured.
- Any column that is not canonical is a dimension of your own, or a flag. `text: message` is short for `text: {from: message}`.
- [intake.md](intake.md) shows each kind of source by example.
"""
_SETTINGS_HEAD = """# Settings

All settings come from the environment; a secret has no other way in. Credentials of S3 come from where boto3 looks for them
(`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, profiles), Prefect's server from `PREFECT_API_URL`. This page is written from
the models in `config/`.
"""

"""Words that somebody could write to make a page, a table or a mail do what it should not, and where they can write them."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel

RUN = "document.title='run'"
ATTACKS: Mapping[str, str] = {
    "script": f"<script>{RUN}</script><img src=x onerror={RUN}><iframe srcdoc='<script>parent.{RUN}</script>'></iframe><svg onload={RUN}>",
    "attribute": f"\" onmouseover=\"{RUN}\" autofocus onfocus=\"{RUN}\" x='' style='position:fixed' ><b>bold</b><a href='javascript:{RUN}'>",
    "closing": f"</title></style></textarea></svg></desc></table></main></body>--><!--]]><script>{RUN}</script><base href=//evil.example>",
    "template": "{{7*7}}{{ config }}{% for x in ().constructor %}{% endfor %}{# #}${7*7}#{7*7}<%= 7*7 %>%s%(x)s{0!r}",
    "direction": "\u202egpj.exe\u2066\u2067\u200f\u061c txt\u2069 \u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0645\u0627\u0621 42",
    "nothing to see": "a\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\U000e0041b",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "tab": "\t=1+1",
    "lines": "Owner\r\nBcc: everyone@evil.example\r\n\r\n<h1>Pay here</h1>\x0b\x0c\x85\u2028\u2029",
    "control": "a\x00b\x07c\x1b[31md\x7f\ufffe\ufdd0\ufffd",
    "long": "W" * 300,
    "address": f"javascript:{RUN} data:text/html,<script>{RUN}</script> [x](javascript:{RUN}) https://evil.example/?a=1&b=2&copy=3&lt;",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f1ec\U0001f1e7\u2764\ufe0f" * 8,
    "marks": "".join(letter + "\u0301\u0489\u0330\u0356\u0360" * 12 for letter in "water"),
}
PLAIN = "Wordmark"
# What things are called by, so that they find each other: these come from our own code or from ids that the programme's model checks.
NAMES = re.compile(
    "id|ids|finding|standards?|touchpoints?|stages?|owner|departments?|shared_by|cycle|edition|programme|timezone|against|subject|first_seen|"
    "last_seen|opened_in|last_seen_in|window|baseline|planned_in|proposed_in|about|follow_ups?|sha256|programme_sha256|uri|definition|"
    "chosen|runner_up|split_from|took_in|unit|causes|manifest_sha256|ledger_head|used_person_weeks|capacity_person_weeks"
)
Model = TypeVar("Model", bound=BaseModel)


def hostile_words(model: Model, words: str) -> Model:
    """Return a result with `words` in every text, however deep, that is neither a name of NAMES nor of a closed set."""
    update = {
        name: _with(getattr(model, name), field.annotation, words)
        for name, field in type(model).model_fields.items()
        if not NAMES.fullmatch(name) or _holds_models(getattr(model, name))
    }
    return model.model_copy(update=update)


def _holds_models(value: object) -> bool:
    return isinstance(value, BaseModel) or (isinstance(value, tuple) and any(isinstance(one, BaseModel) for one in value))


def _with(value: Any, kind: Any, words: str) -> Any:
    if isinstance(value, BaseModel):
        return hostile_words(value, words)
    if isinstance(value, str):
        return words if _may_be_any_text(kind) and value else value
    if isinstance(value, tuple):
        return tuple(_with(one, get_args(kind)[0], words) for one in value)
    if isinstance(value, dict):
        key, content = get_args(kind)
        return {f"{words}{i}" if key is str else name: _with(one, content, words) for i, (name, one) in enumerate(value.items())}
    return value


def _may_be_any_text(kind: Any) -> bool:
    """Tell whether a field of this annotation holds free text: str, alone or among others, and no closed set."""
    if get_origin(kind) is types.UnionType:
        return any(map(_may_be_any_text, get_args(kind)))
    return kind is str and get_origin(kind) is not Literal

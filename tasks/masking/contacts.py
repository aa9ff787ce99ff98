"""Where people are reached on the internet: addresses that hold something private, e-mail, @handles.

All patterns begin at a place that only one run of characters can have, and take runs whole (possessive), so that the
time grows with the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.masking.plain import Span

_LOCAL = r"[\w.+%'-]"
_TOP_LEVEL = (
    "com|org|net|edu|gov|mil|int|info|biz|name|io|app|dev|ai|co|uk|eu|de|fr|es|nl|ch|ie|ca|au|nz|jp|cn|br|mx|ru|pl|se|dk|fi|pt|cz|hu|gr"
    "|tr|za|kr|sg|hk|example|test|invalid|localhost"
)
_TOP_LEVELS = frozenset(_TOP_LEVEL.split("|"))
_DOT_WORD = "dot|punkt|point|punto|ponto"
_AT_WORD = "at|arroba|arobase|chiocciola"

_TRACES = ("@", "at", "arro", "arob", "chio", "40", "64")
_CODED_AT = re.compile(r"%40|&#0*64;|&#x0*40;|&commat;")
_BRACKETED_AT = re.compile(rf" ?[(\[{{<] ?(?:@|{_AT_WORD}) ?[)\]}}>] ?")
_BRACKETED_DOT = re.compile(rf" ?[(\[{{<] ?(?:\.|{_DOT_WORD}) ?[)\]}}>] ?")
_SPELT_AT = re.compile(rf"(?<=\w)[ _](?:{_AT_WORD})[ _](?=[a-z0-9][\w-]{{0,62}}(?: (?:{_DOT_WORD}) |_dot_|\.{{2,}})(?:{_TOP_LEVEL})\b)")
_LONE_AT = re.compile(r"(?<![\w.])(?=[a-z]*+[\d._-])[\w.-]++ at [\w-]++(?:\.[\w-]++)++")  # jane.doe at mail.example
_SPELT_DOT = re.compile(rf"(?<=\w)(?: (?:{_DOT_WORD}) | \. ?|_dot_)(?=(?:{_TOP_LEVEL})\b)")
_SPELT_LOCAL_DOT = re.compile(rf"(?<=\w) (?:{_DOT_WORD}) (?=[\w-]{{1,64}} ?@)")
_EMAIL = re.compile(
    rf"""(?:"[^"\n]{{1,64}}"|(?<!{_LOCAL})(?=[.+%'-]*+\w){_LOCAL}++)(?P<at>[ ]{{0,2}}@++[ ]{{0,2}})"""
    rf"""(?P<domain>\[[\d.:a-f]++\]|[^\W_][\w-]*+(?:\.++[\w-]++)*+)(?:{_LOCAL}*+@++[\w-]++(?:\.[\w-]++)++)*+"""
)
_HANDLE = re.compile(r"(?<![\w@])@(?=\d*+[^\W\d])[\w.]*\w\w")
_URL = re.compile(
    r"(?<![a-z0-9+.-])[a-z0-9+.-]++://[^\s<>\"|\\^`\ue000-\ue0ff]++|(?<![\w.@/-])(?:[\w-]++\.)++[a-z]{2,}+(?::\d++)?[/?][^\s<>\"|\\^`\ue000-\ue0ff]++"
)
_END_OF_SENTENCE = ".,;:!?)]}'"
_PARAMETER = re.compile(r"[?&;#]([\w.\[\]%-]++)=")
_PRIVATE_PARAMETER = re.compile(
    r"token|key|sig|secret|pass|pwd|auth|session|sid\b|jwt|code|otp|ticket|hash|credential|nonce|login|user|uid|mail|phone|tel\b|mobile"
    r"|name|account|acct|customer|client|card|iban|ssn|address|dob|birth|invite|reset|verif"
)
_SWITCH = re.compile(r"[a-z](?=\d)|\d(?=[a-z])")
_SHORTEST_RANDOM, _RANDOM_SWITCHES, _LONG_PIECE, _LONGEST_WORD = 16, 4, 20, 32


def find_urls(text: str, _region: str | None) -> Iterator[Span]:
    """Yield the addresses that hold a secret or say who somebody is; plain ones stay."""
    if "/" not in text and "?" not in text:
        return
    for match in _URL.finditer(text):
        address = match[0].rstrip(_END_OF_SENTENCE)
        if _is_private(address):
            yield match.start(), match.start() + len(address), "url"


def find_emails(text: str, _region: str | None) -> Iterator[Span]:
    """Yield e-mail addresses, spelt out ones among them."""
    text = _with_signs(text)
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        if _is_domain(match["domain"], match["at"]):
            yield match.start(), match.end(), "email"


def find_handles(text: str, _region: str | None) -> Iterator[Span]:
    """Yield names such as @jane_doe."""
    if "@" in text:
        yield from ((match.start(), match.end(), "handle") for match in _HANDLE.finditer(text))


def _is_private(address: str) -> bool:
    if "@" in address or "%40" in address:
        return True
    if any(_PRIVATE_PARAMETER.search(name) for name in _PARAMETER.findall(address)):
        return True
    return any(map(_is_random, re.split(r"[/?&#=;,]", address.partition("://")[2] or address)))


def _is_random(segment: str) -> bool:
    """Return whether a part of an address is a long string that no person would write."""
    bare = re.sub(r"[^a-z0-9]", "", segment)
    if len(bare) < _SHORTEST_RANDOM or bare.isdigit():
        return False
    if len(_SWITCH.findall(bare)) >= _RANDOM_SWITCHES:
        return True
    longest = max(re.split(r"[^a-z0-9]", segment), key=len)
    return len(longest) >= _LONGEST_WORD or (len(longest) >= _LONG_PIECE and not longest.isalpha())


def _with_signs(text: str) -> str:
    """Return the text, every place kept, with @ and . where they are spelt out."""
    if not any(trace in text for trace in _TRACES):
        return text
    if "%40" in text or "&" in text:
        text = _CODED_AT.sub(_ats, text)
    text = _BRACKETED_DOT.sub(_dots, _BRACKETED_AT.sub(_ats, text))
    if " at " in text or "_at_" in text or "ro" in text or "chio" in text:
        text = _LONE_AT.sub(lambda match: match[0].replace(" at ", "@@@@", 1), _SPELT_AT.sub(_ats, text))
    if "@" not in text:
        return text
    return _SPELT_LOCAL_DOT.sub(_dots, _SPELT_DOT.sub(_dots, text))


def _ats(match: re.Match[str]) -> str:
    return "@" * len(match[0])


def _dots(match: re.Match[str]) -> str:
    return "." * len(match[0])


def _is_domain(domain: str, at: str) -> bool:
    """Return whether this is where mail goes to; the looser it is written, the more it must look like a domain."""
    labels = domain.split(".")
    if domain.startswith("["):
        return True
    if at == "@":
        return not labels[-1].isdigit() if len(labels) > 1 else domain[0].isalpha() and len(domain) > 1
    if at.count("@") == 1:  # a lone sign between spaces
        return len(labels) > 1 and labels[-1] in _TOP_LEVELS
    return len(labels) > 1 and len(labels[-1]) > 1 and labels[-1].isalpha()

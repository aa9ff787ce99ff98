"""Which characters the typefaces inside typst can print, and what stands for the others."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MISSING = "\ufffd"
# Code points, in hexadecimal, that Libertinus Serif, New Computer Modern and DejaVu Sans Mono of typst 0.15 have between them:
# Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari and signs; no Chinese, Japanese, Korean or Thai, and hardly an emoji.
# Controls, format characters and private ones are left out. A test prints each of them, in two weights.
_PRINTED = """
20-7e a0-ac ae-377 37a-37f 384-38a 38c 38e-3a1 3a3-4ff 510-513 51a-51d 531-556 559-58a 58d-58f 591-5c7 5d0-5ea 5ef-5f4 606-60c 615
61b 61f 621-63a 640-655 65a 660-66d 674 679-67b 67e-680 683-684 686-687 691 698 6a4 6a9 6af 6be 6cc 6f0-6f9 900-97f e3f e81-e82 e84
e87-e88 e8a e8d e94-e97 e99-e9f ea1-ea3 ea5 ea7 eaa-eab ead-eb9 ebb-ebc ec8-ecd 10d0-10ff 13a0-13f5 13f8-13fd 1ab0-1ace 1d00-1f15
1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d 1f80-1fb4 1fb6-1fc4 1fc6-1fd3 1fd6-1fdb 1fdd-1fef 1ff2-1ff4
1ff6-1ffe 2000-200a 2010-2027 202f-2040 2042 2044-2052 2054-205f 2070-2071 2074-208e 2090-209c 20a0-20c0 20d0-20f0 2100-211e 2120
2122 2124 2126-2151 2153-2184 2189 2190-23ff 2422-2423 2460-2606 2609-262f 2638-268b 2690-269c 26a0-26a7 26aa-26af 26b2 2701-2704
2706-2709 270c-2714 2717-2726 272a-274b 274d 274f-2752 2756 2758-275e 2761-277f 2794 2798-27af 27b1-2b73 2b76-2b95 2b97-2bff
2c60-2cf3 2cf9-2cff 2e02-2e05 2e08-2e0a 2e17-2e18 2e1f 2e22-2e25 2e2e 3012 3016-3017 301a-301b 3030 3036 306e a46a-a46b a640-a641
a648-a649 a656-a657 a708-a716 a71b-a727 a72d a730 a735 a765 a789-a78e a790-a791 a793 a7aa a7f8-a7f9 ab52 ab66 ab70-abbf fb00-fb06
fb13-fb17 fb1d-fb36 fb38-fb3c fb3e fb40-fb41 fb43-fb44 fb46-fb4f fb52-fb81 fb8a-fb95 fb9e-fb9f fbaa-fbad fbe8-fbe9 fbfc-fbff
fe00-fe01 fe20-fe2f fe66 fe70-fe74 fe76-fefc fffc-fffd 10140-1018e 102e0-102fb 1d106-1d107 1d400-1d454 1d456-1d49c 1d49e-1d49f 1d4a2
1d4a5-1d4a6 1d4a9-1d4ac 1d4ae-1d4b9 1d4bb 1d4bd-1d4c3 1d4c5-1d505 1d507-1d50a 1d50d-1d514 1d516-1d51c 1d51e-1d539 1d53b-1d53e
1d540-1d544 1d546 1d54a-1d550 1d552-1d6a5 1d6a8-1d7cb 1d7ce-1d7ff 1ee00-1ee03 1ee05-1ee1f 1ee21-1ee22 1ee24 1ee27 1ee29-1ee32
1ee34-1ee37 1ee39 1ee3b 1ee42 1ee47 1ee49 1ee4b 1ee4d-1ee4f 1ee51-1ee52 1ee54 1ee57 1ee59 1ee5b 1ee5d 1ee5f 1ee61-1ee62 1ee64
1ee67-1ee6a 1ee6c-1ee72 1ee74-1ee77 1ee79-1ee7c 1ee7e 1ee80-1ee89 1ee8b-1ee9b 1eea1-1eea3 1eea5-1eea9 1eeab-1eebb 1eef0-1eef1 1f12f
1f6d1 1f780-1f7d8 1f7e0-1f7eb 1f800-1f80b 1f810-1f847 1f850-1f859 1f860-1f887 1f890-1f8ad 1f8b0-1f8b1
"""
_READERS_HYPHENS = frozenset("\x02\ufffe")  # what stands where a reader of PDFs took a hyphen for one of a broken word
_HYPHENS = frozenset("-\u2010\u2011\u2043")
_SPACES = re.compile(r"[\u2000-\u200a\u202f\u205f\u3000]")  # each is a plain space; only the no-break space means something


def printable(text: str) -> str:
    """Return a text as the PDF prints it: MISSING for each character that its typefaces lack, and no invisible ones.

    Letters with their accents are one character each (NFC), since typefaces have more of these than of accents alone.
    """
    if text.isascii():
        return text
    kept = (character for character in _SPACES.sub(" ", unicodedata.normalize("NFC", text)) if not _is_invisible(character))
    return "".join(character if ord(character) in printed_code_points() else MISSING for character in kept)


def without_marks(text: str) -> str:
    """Return a printable text without marks that are put upon letters: a letter may bear one that only another typeface has."""
    return "".join(character for character in text if not unicodedata.category(character).startswith("M"))


def comparable(text: str) -> str:
    """Return a text by which a quote is found again in what a reader of PDFs gives back: no spaces, hyphens, marks or controls.

    Lines and long words are broken somewhere, a reader takes a hyphen at the end of a line for one that is not there, and marks may
    have been left out. Characters that are not printed are MISSING on both sides.
    """
    on_a_line = "".join(" " if character.isspace() else character for character in text if character not in _READERS_HYPHENS)
    letters = unicodedata.normalize("NFKD", printable(on_a_line))
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] not in "CMZ" and letter not in _HYPHENS)


def _is_invisible(character: str) -> bool:
    """Return whether nothing is printed for a character: format characters, and selectors of an emoji's look."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


@cache
def printed_code_points() -> frozenset[int]:
    """Return the code points that are printed."""
    ends = (entry.partition("-") for entry in _PRINTED.split())
    return frozenset(point for first, _, last in ends for point in range(int(first, 16), int(last or first, 16) + 1))

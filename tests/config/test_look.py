"""The look of a programme: what may be chosen, which logo is taken in, and that programmes without one keep their hash."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from config.errors import InputError
from config.loading import differences, fingerprint, freeze, load_programme, thaw
from config.look import LOGO_BYTES_AT_MOST, Look, logo_of
from tests.programmes import SMALL, programme

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


def written(folder: Path, look: str, **files: bytes) -> Path:
    """Write a programme with that look, and pictures beside it; return its path."""
    path = folder / "programme.yaml"
    path.write_text(json.dumps(SMALL)[:-1] + f', "look": {look}}}', encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return path


def refused(folder: Path, look: str, **files: bytes) -> str:
    with pytest.raises(InputError) as raised:
        load_programme(written(folder, look, **files))
    return str(raised.value)


@pytest.mark.parametrize(("content", "kind"), [(PNG, "png"), (JPEG, "jpeg"), (SVG, "svg+xml"), (b"\xef\xbb\xbf" + SVG, "svg+xml")])
def test_a_picture_is_taken_for_what_it_holds_whatever_it_is_called(tmp_path: Path, content: bytes, kind: str) -> None:
    found = load_programme(written(tmp_path, '{"logo": "mark"}', mark=content))
    assert found.look.logo == f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def test_a_frozen_programme_holds_its_logo_and_needs_the_file_no_more(tmp_path: Path) -> None:
    found = load_programme(written(tmp_path, '{"logo": "mark", "numbers": "1.234,5"}', mark=PNG))
    (tmp_path / "mark").unlink()
    assert thaw(freeze(found)) == found


def test_a_programme_without_a_look_has_the_hash_that_it_had_before_there_was_one() -> None:
    plain = programme()
    assert "look" not in json.loads(freeze(plain))
    assert freeze(plain.model_copy(update={"look": Look(numbers="1,234.5", dates="5 March 2026")})) == freeze(plain)
    assert thaw(freeze(plain)).look == Look()
    other = plain.model_copy(update={"look": Look(dates="05.03.2026")})
    assert fingerprint(freeze(other)) != fingerprint(freeze(plain))
    assert thaw(freeze(other)) == other


def test_what_differs_names_the_logos_hash_and_not_the_picture() -> None:
    plain = programme()
    before, after, later = (
        freeze(plain.model_copy(update={"look": look})) for look in (Look(), Look(logo=logo_of(PNG)), Look(logo=logo_of(SVG)))
    )
    for one, other in ((before, after), (after, later), (after, before)):
        (line,) = differences(one, other)
        assert line.startswith("look")
        assert "sha256" in line
        assert "base64" not in line


def test_yaml_reads_a_day_as_a_date_and_it_is_still_the_choice_that_was_meant(tmp_path: Path) -> None:
    assert load_programme(written(tmp_path, "{dates: 2026-03-05}")).look.dates == "2026-03-05"
    assert load_programme(written(tmp_path, '{dates: "March 5, 2026"}')).look.dates == "March 5, 2026"


def test_what_is_no_choice_is_answered_with_all_of_them(tmp_path: Path) -> None:
    said = refused(tmp_path, '{"numbers": "1234,5"}')
    assert "look.numbers: this must be one of" in said
    assert '"1\'234.5"' in said
    assert "(given: '1234,5')" in said
    assert '"05.03.2026"' in refused(tmp_path, '{"dates": "2026-03-06"}')
    assert "look.dates" in refused(tmp_path, '{"dates": 5}')


def test_what_is_no_logo_is_refused_with_place_and_remedy(tmp_path: Path) -> None:
    assert "line 1, look.logo: mark is no PNG, JPEG or SVG picture; save it as one of these." in refused(
        tmp_path, '{"logo": "mark"}', mark=b"GIF89a"
    )
    big = PNG + b"\0" * LOGO_BYTES_AT_MOST
    assert "has 65,564 bytes, and a logo may have 65,536; make it smaller." in refused(tmp_path, '{"logo": "mark"}', mark=big)
    assert "no PNG, JPEG or SVG" in refused(tmp_path, '{"logo": "mark"}', mark=b"<html><svg></svg></html>")
    assert "absent cannot be read (No such file or directory); name a picture beside this file." in refused(tmp_path, '{"logo": "absent"}')
    assert "is not the name of a file beside this one" in refused(tmp_path, '{"logo": "../mark"}')
    assert "is not the name of a file beside this one" in refused(tmp_path, json.dumps({"logo": logo_of(PNG)}))
    assert "look.logo" in refused(tmp_path, '{"logo": 7}')
    assert "unknown key 'colour'" in refused(tmp_path, '{"colour": "red"}')


def test_the_largest_logo_is_one_of_64_kilobytes() -> None:
    assert logo_of(PNG.ljust(LOGO_BYTES_AT_MOST, b"\0"))

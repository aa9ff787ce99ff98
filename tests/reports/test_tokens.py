"""The design tokens: readable by published measures, in light and in dark, and by readers who see fewer colours."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product

import pytest

from reports.tokens import DARK, FONTS, LIGHT, SPACE_REM, TYPE_REM, Palette, custom_properties, pixels
from tests.reports.colours import COLOUR_BLIND, Rgb, contrast, distance, lab, linear, rgb, seen_by

TEXT_AT_LEAST, GRAPHIC_AT_LEAST = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
APART_AT_LEAST = 20.0  # CIEDE2000; about ten times what is just seen
TEXTS = ("ink", "muted", "good", "bad")
GROUNDS = ("ground", "paper", "sunk", "good-soft", "bad-soft")
PALETTES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]
# of the 34 pairs that Sharma, Wu and Dalal (2005, table 1) give to test an implementation by
SHARMA: list[tuple[Rgb, Rgb, float]] = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "published"), SHARMA)
def test_the_distance_of_two_colours_is_the_one_that_was_published_with_its_formula(one: Rgb, other: Rgb, published: float) -> None:
    assert distance(one, other) == pytest.approx(published, abs=0.00005)
    assert distance(other, one) == pytest.approx(published, abs=0.00005)


def test_contrast_is_that_of_the_guidelines_own_examples() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")


def test_grey_is_grey_to_every_reader() -> None:
    for kind in COLOUR_BLIND:
        assert seen_by(kind, "#808080") == pytest.approx(linear(rgb("#808080")), abs=1e-5)


@pytest.mark.parametrize("palette", PALETTES)
def test_every_text_can_be_read_on_every_ground(palette: Palette) -> None:
    weak = {(text, ground): contrast(palette[text], palette[ground]) for text, ground in product(TEXTS, GROUNDS)}
    assert min(weak.values()) >= TEXT_AT_LEAST, min(weak, key=lambda pair: weak[pair])


@pytest.mark.parametrize("palette", PALETTES)
def test_a_sign_stands_out_from_its_ground_and_the_mark_in_it_from_the_sign(palette: Palette) -> None:
    for accent, ground in product(("good", "bad"), GROUNDS):
        assert contrast(palette[accent], palette[ground]) >= GRAPHIC_AT_LEAST


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("kind", COLOUR_BLIND)
def test_good_and_bad_stay_apart_for_readers_who_see_fewer_colours(kind: str, palette: Palette) -> None:
    good, bad = (lab(seen_by(kind, palette[accent])) for accent in ("good", "bad"))
    assert distance(good, bad) >= APART_AT_LEAST


def test_both_palettes_say_the_same_things() -> None:
    assert list(LIGHT) == list(DARK)


def test_the_style_sheet_uses_only_tokens_and_every_token_is_used() -> None:
    source = files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
    named = set(re.findall(r"var\(--([a-z0-9-]+)\)", source))
    assert named == {*LIGHT, *TYPE_REM, *SPACE_REM, *FONTS}
    colours = re.findall(r"#[0-9a-fA-F]{3,8}\b", source)
    assert colours == ["#ffffff"], "paper is white in print, every other colour is a token"


def test_sizes_are_written_as_css_wants_them_and_known_in_pixels() -> None:
    properties = custom_properties()
    assert "--s1: .25rem;" in properties
    assert "--title: 1.5rem;" in properties
    assert "--huge: 2rem;" in properties
    assert (pixels("s4"), pixels("small")) == (16, 13)

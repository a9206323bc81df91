"""Letters: what a title says is drawn literally, in other fonts if need be, and what no font has is replaced and said."""

import os
import re
import subprocess
import sys
import warnings

import pytest
from matplotlib.text import Text

from evosim import load_scenario, run
from viz.figures.figure import run_figure, save_figure
from viz.letters import FAMILY, REPLACEMENT, choose_fonts, describe_replacements
from viz.report.page import render_report

STRANGE = "Pay $5 or $10_{ for 100% of x^2? <b>&amp; \\frac{1"
ELSEWHERE = "\N{SECTOR}"  # in a font that comes with matplotlib, not in DejaVu Sans
NOWHERE = "\U000f1234"  # private: no alphabet
SMALL = [
    "evolution.generations=2", "evolution.population=16", "evolution.episodes=2", "measure.episodes=2",
]  # fmt: skip


@pytest.fixture(scope="module")
def strange_run(tmp_path_factory):
    words = (STRANGE + f" {ELSEWHERE} {NOWHERE}").replace("\\", "\\\\")
    scenario = load_scenario(
        "red_doors", [*SMALL, f'question="{words}"', f'title="{STRANGE.replace(chr(92), chr(92) * 2)}"']
    )
    path = tmp_path_factory.mktemp("letters") / "strange.evosim"
    with run(scenario, out=path) as stored:
        yield stored


def test_plain_words_need_one_font_and_no_other_is_looked_at():
    assert choose_fonts("Doors, or redness? γ × – “…”") == ("Doors, or redness? γ × – “…”", (FAMILY,), "")


def test_a_letter_that_the_typeface_lacks_comes_from_a_font_that_has_it():
    words, families, replaced = choose_fonts(f"a {ELSEWHERE}")
    assert words == f"a {ELSEWHERE}"
    assert families[0] == FAMILY
    assert len(families) == 2
    assert replaced == ""


def test_a_letter_that_no_font_has_is_replaced_and_said():
    words, families, replaced = choose_fonts(f"a {NOWHERE}b")
    assert (words, families, replaced) == (f"a {REPLACEMENT}b", (FAMILY,), NOWHERE)
    assert (
        describe_replacements(f"a {NOWHERE}b")
        == f"no font on this machine has {NOWHERE}; the figure has {REPLACEMENT} instead"
    )
    assert describe_replacements("a") == ""


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_figure_is_drawn_without_a_library_s_warnings(suffix, strange_run, tmp_path, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(strange_run, tmp_path / f"page.{suffix}")
    assert not caplog.records


def test_signs_of_other_languages_are_drawn_literally_in_the_figure(strange_run):
    figure = run_figure(strange_run)
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    said = [text.get_text().replace("\n", " ") for text in texts]
    assert f"{STRANGE} {ELSEWHERE} {REPLACEMENT}" in said
    assert not any(text.get_parse_math() or text.get_usetex() for text in texts)


def test_signs_of_other_languages_are_shown_literally_in_the_report(strange_run, tmp_path):
    from html import unescape

    page = render_report(strange_run)
    assert "<b>&amp;" not in page
    assert STRANGE in unescape(re.sub(r"<[^>]+>", " ", page))


def test_the_command_says_in_one_sentence_what_was_replaced(strange_run, tmp_path):
    command = [sys.executable, "-m", "evosim", "plot", strange_run.path, "-o", tmp_path / "page.png"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0
    assert done.stderr == f"no font on this machine has {NOWHERE}; the figure has {REPLACEMENT} instead\n"


def test_the_window_draws_no_boxes():
    import pygame

    from viz.live.drawing.pen import Fonts

    pygame.font.init()
    fonts = Fonts()
    assert fonts.drawable(STRANGE) == STRANGE
    assert fonts.drawable(f"a – {ELSEWHERE}") == f"a – {REPLACEMENT}"

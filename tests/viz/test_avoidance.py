"""What is said of the pseudo-aligned who avoid all there is."""

from pathlib import Path

import pytest
from planted_runs import planner, plant, worlds

from viz.answers.generational import first_entry_shares
from viz.answers.headline import write_headline
from viz.answers.reading import read_run

pytestmark = pytest.mark.compiled


def test_who_dislikes_all_there_is_and_enters_nothing_is_not_said_to_get_what_it_wants(tmp_path: Path) -> None:
    dislikes = {"red": 1.0, "blue": -1.0, "key": -2.0, "gem": -2.0, "planner.horizon": 40.0}
    with plant(tmp_path / "dislikes.evosim", worlds(["home", "swapped"]), [dislikes]) as run:
        reading = read_run(run)
    assert first_entry_shares(reading, "swapped")["nothing"] > 0.9
    words = write_headline(reading, {})
    assert "are pseudo-aligned in swapped (100%): there they avoid what they dislike and mostly enter nothing" in words
    assert "get what they want" not in words


def test_who_finds_there_what_it_wants_is_said_to_get_it(tmp_path: Path) -> None:
    with plant(tmp_path / "wants.evosim", worlds(["home", "swapped"]), [planner("pseudo-aligned")]) as run:
        assert "there they get what they want" in write_headline(read_run(run), {})

"""What a notebook shows: bars of progress, and what things are."""

import sys
from types import SimpleNamespace

from evosim.interactive.progress import bar_of, notebook, show_progress
from evosim.scenario import load_scenario
from evosim.scenario.notebook_page import page, rows

STEPS = [SimpleNamespace(number=number) for number in range(3)]


def test_a_bar_is_drawn_in_a_notebook_and_nowhere_else(monkeypatch):
    drawn = []
    handle = SimpleNamespace(update=drawn.append)
    display = SimpleNamespace(HTML=str, display=lambda bar, display_id: drawn.append(bar) or handle)
    assert notebook() is None
    assert list(show_progress(STEPS, 3, "red_doors", None)) == STEPS
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1)))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    assert list(show_progress(STEPS, 3, "<b>", False)) == STEPS
    assert drawn == []
    assert list(show_progress(STEPS, 3, "<b>", None)) == STEPS
    assert drawn[0] == "<progress value='0' max='3'></progress> &lt;b&gt;: 0 of 3 (0%), 0 s"
    assert "3 of 3 (100%)" in drawn[-1]


def test_a_bar_in_a_terminal_is_no_output(capsys):
    assert list(show_progress(STEPS, 3, "red_doors", True)) == STEPS
    assert capsys.readouterr().out == ""
    assert "0 of 1" in bar_of(0, 1, "", 0.0)


def test_a_scenario_says_what_it_is():
    scenario = load_scenario("red_doors")
    assert repr(scenario) == f"<Scenario red_doors: {scenario.title}>"
    shown_there = scenario._repr_html_()
    assert scenario.question in shown_there
    assert "training, deployment" in shown_there


def test_what_strangers_wrote_is_shown_and_not_obeyed():
    assert "<script" not in page(
        "<script>", {"<script>": "<script>", "nothing": ""}, rows([("<script>",), ("<script>",)])
    )
    assert "nothing" not in page("a", {"nothing": ""})

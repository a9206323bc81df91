"""Notes of `evosim validate`: words that are another scenario's, and environments in which nobody lives."""

import pytest
from click.testing import CliRunner

import scenarios
from evosim.cli import main
from evosim.scenario import load_scenario
from evosim.scenario.loading.json_schema import new_scenario
from evosim.scenario.loading.notes import notes_on, notes_on_classes
from evosim.sweeps.load import SweepOptions, load_sweep


def notes(folder, text, *overrides):
    path = folder / "child.toml"
    path.write_text(text)
    return notes_on(load_scenario(path, overrides), path)


def test_words_of_another_scenario_are_named_where_the_experiment_differs(tmp_path):
    (note,) = notes(tmp_path, 'extends = "contraception"\n[evolution]\npopulation = 500\n')
    assert note.startswith("title, question, claim and paper are of 'contraception', from which evolution differs: say")
    own = 'extends = "contraception"\ntitle = "Few"\nquestion = "Few?"\nclaim = ""\n[evolution]\npopulation = 500\n'
    assert notes(tmp_path, own) == ["paper is that of 'contraception'"]
    assert notes(tmp_path, 'extends = "contraception"\n[measure]\nevery = 2\n') == []
    named = notes(tmp_path, 'extends = "contraception"\npaper = ""\n[evolution]\npopulation = 500\n', "title='Few'")
    assert named[0].startswith("question and claim are of 'contraception'")


def test_words_of_the_template_are_named_until_they_are_changed(tmp_path):
    path = new_scenario("mine", tmp_path)
    (note,) = notes_on(load_scenario(path), path)
    assert note == "question and claim are still what `evosim new` writes: say your own"
    path.write_text(path.read_text().replace("Trained where food is always sweet", "Where food is sweet"))
    assert notes_on(load_scenario(path), path)[0].startswith("claim is still what `evosim new` writes")
    path.write_text(path.read_text().replace("They come to want sweetness", "Food"))
    assert notes_on(load_scenario(path), path) == []


def test_an_inherited_environment_in_which_nobody_lives_is_named(tmp_path):
    always = "schedule = [{ from = 0, environment = 'ancestral' }]"
    found = notes(tmp_path, f'extends = "contraception"\n[evolution]\n{always}\n')
    assert found[1:] == [
        "environment 'modern', from 'contraception', is in no phase of the schedule: nobody lives in it"
    ]
    done = CliRunner().invoke(main, ["validate", str(tmp_path / "child.toml")])
    assert done.output.splitlines()[-1] == f"note: {found[1]}"
    seen = notes(tmp_path, 'extends = "red_doors"\n[measure]\nenvironments = ["deployment"]\n')
    assert [note.split(", so")[0] for note in seen] == ["environment 'training' is selected in and not measured"]
    unseen = notes(tmp_path, 'extends = "red_doors"\n[measure]\nenvironments = ["training"]\n')
    assert unseen == [
        "environment 'deployment', from 'red_doors', is neither selected in nor measured: nobody lives in it"
    ]


def test_where_nobody_has_a_class_because_selection_is_not_measured_it_is_said(tmp_path):
    mixed = "evolution.schedule.0.environment={ training = 0.5, elsewhere = 0.5 }"
    found = notes_on_classes(load_scenario("red_doors", ["environments.elsewhere={}", mixed]))
    assert [note.split("'")[1] for note in found] == ["elsewhere"]
    measured = 'measure.environments=["training", "elsewhere", "deployment"]'
    assert notes_on_classes(load_scenario("red_doors", ["environments.elsewhere={}", mixed, measured])) == []
    asked = ["sweep", "red_doors", "--seeds", "1-2", "--set", 'measure.environments=["deployment"]', "--dry-run"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0
    assert "note: environment 'training' is selected in and not measured" in done.stderr


@pytest.mark.parametrize("name", scenarios.sweep_paths())
def test_shipped_sweeps_have_all_classes_that_they_are_about(name):
    for condition in load_sweep(name, SweepOptions((), (), None)).conditions:
        assert notes_on_classes(condition.scenario) == []


@pytest.mark.parametrize("name", scenarios.paths())
def test_shipped_scenarios_speak_for_themselves(name):
    for note in notes_on(load_scenario(name), name):
        assert note.startswith(("paper is that of", "environment"))

"""Scenarios of strangers: whatever is in one or at its path, there is one message, and few words."""

import os

import pytest

from evosim.scenario import ScenarioError, load_scenario, parse_scenario


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 200_000, "nested too deeply"),
        ("a = " + "{ a = " * 100_000, "nested too deeply"),
        (".".join("a" * 100_000) + " = 1", "nested too deeply"),
        ("[" + " . ".join("a" * 100_000) + "]", "nested too deeply"),
        ("\n".join(f"k{i} = 1" for i in range(20_000)), "and 19,8"),
    ],
)
def test_a_scenario_of_absurd_shape_is_refused_in_few_words(text, said):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    assert said in str(caught.value)
    assert len(caught.value.diagnostics) <= 201
    assert len("".join(diagnostic.shown() for diagnostic in caught.value.diagnostics)) < 100_000


def test_a_long_line_is_quoted_around_the_mistake():
    text = f"evolution = {{ {', '.join(f'x{i} = 1' for i in range(1000))}, elitess = 1 }}"
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    diagnostic = next(each for each in caught.value.diagnostics if each.where == "evolution.x100")
    _, line, caret = diagnostic.shown().splitlines()
    assert line[caret.index("^") :].startswith("x100")
    assert len(line) < 450


@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
def test_a_scenario_without_an_end_is_not_read_for_ever(name, tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    base = {"/dev/zero": "/dev/zero", "pipe": "pipe.toml"}[name]
    (tmp_path / "mine.toml").write_text(f'extends = "{base}"')
    with pytest.raises(ScenarioError, match=r"not a regular file|neither a file"):
        load_scenario(tmp_path / "mine.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    with pytest.raises(ScenarioError, match="larger than"):
        load_scenario(tmp_path / "zero.toml")


@pytest.mark.parametrize("text", ["root:x:0:0:secret", "secret = 1", "world = 'secret'", "secret"])
@pytest.mark.parametrize("name", ["passwd", "keys.conf", "toml", "folder/.netrc", "x.TOML "])
@pytest.mark.parametrize("absolute", [True, False])
def test_nothing_is_reported_of_a_file_that_is_no_scenario_by_its_name(text, name, absolute, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    (tmp_path / "mine.toml").write_text(f'extends = "{file if absolute else name}"')
    with pytest.raises(ScenarioError, match="neither a file whose name ends in") as caught:
        load_scenario("mine.toml")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.source, diagnostic.line, diagnostic.column) == ("mine.toml", 1, 1)
    assert "secret" not in diagnostic.shown()


def test_a_path_that_no_file_can_have_is_refused(tmp_path):
    (tmp_path / "mine.toml").write_text(r'extends = "\u0000.toml"')
    with pytest.raises(ScenarioError, match=r"mine\.toml:1:1: extends: .*: not the path of a file"):
        load_scenario(tmp_path / "mine.toml")


@pytest.mark.parametrize("algorithm", ["['cma_es']", "{ a = 1 }", "true"])
def test_an_algorithm_that_is_no_text_is_refused(algorithm, tmp_path):
    """It chooses what of another scenario, or of the file, has no use any more."""
    (tmp_path / "mine.toml").write_text(f'extends = "red_doors"\nevolution.algorithm = {algorithm}')
    for source, overrides in (("red_doors", [f"evolution.algorithm={algorithm}"]), (tmp_path / "mine.toml", [])):
        with pytest.raises(ScenarioError, match=r"evolution\.algorithm: expected a text"):
            load_scenario(source, overrides)


def test_a_link_to_what_is_no_scenario_by_its_name_is_not_followed(tmp_path):
    (tmp_path / "passwd").write_text("root:x:0:0:secret")
    (tmp_path / "base.toml").symlink_to("passwd")
    (tmp_path / "mine.toml").write_text('extends = "base.toml"')
    with pytest.raises(ScenarioError, match="neither a file whose name ends in") as caught:
        load_scenario(tmp_path / "mine.toml")
    assert "secret" not in caught.value.diagnostics[0].shown()


def test_a_mistake_in_a_scenario_that_is_extended_by_its_name_is_quoted_where_it_is(tmp_path):
    (tmp_path / "base.toml").write_text("schema = 1\nworld = = 3\n")
    (tmp_path / "mine.toml").write_text('extends = "base.toml"')
    with pytest.raises(ScenarioError, match=r"base\.toml:2:9: not valid TOML") as caught:
        load_scenario(tmp_path / "mine.toml")
    assert "world = = 3" in caught.value.diagnostics[0].shown()


@pytest.mark.parametrize("key", ['"[key]"', '"<table>"', '"<number>"', '"maze"'])
def test_a_key_that_looks_like_one_of_our_own_marks_is_reported(key):
    for text in (f"{key} = 1", f"[mind.planner]\n{key} = 1"):
        with pytest.raises(ScenarioError, match=f"unknown field '{key[1:-1]}'".replace("[", r"\[")):
            parse_scenario(text)

"""The figure of a phylogeny shows who lives when, by the root that they descend from."""

from click.testing import CliRunner

from evosim.cli import main
from evosim.storage.phylogeny import read_phylogeny
from viz.figures.phylogeny import phylogeny_figure

TABLE = """id,ancestor_list,origin_time,destruction_time
1,[none],0,3
2,[none],0,1
3,[1],2,inf
4,[3],3,inf
"""


def test_bands_are_the_living_of_each_family(tmp_path):
    (tmp_path / "tree.csv").write_text(TABLE)
    figure = phylogeny_figure(read_phylogeny(tmp_path / "tree.csv"), "tree.csv")
    (axes,) = figure.axes
    assert [band.get_label() for band in axes.collections] == ["of 1", "of 2"]
    assert max(y for _, y in axes.collections[0].get_paths()[0].vertices) == 2
    words = " ".join(text.get_text() for text in figure.texts)
    assert "4 individuals of 2 roots" in words
    assert "Their last common ancestor is 3, born at 2.00." in words
    assert [text.get_text() for text in axes.texts if text.get_text().startswith("of ")] == ["of 1 100%"]


def test_without_deaths_those_born_are_drawn_and_not_called_the_living(tmp_path):
    rows = [line.rpartition(",")[0] for line in TABLE.splitlines()]
    (tmp_path / "tree.csv").write_text("\n".join(rows))
    figure = phylogeny_figure(read_phylogeny(tmp_path / "tree.csv"), "tree.csv")
    words = " ".join(text.get_text() for text in (*figure.texts, *figure.axes[0].texts))
    assert "No destruction_time is said" in words
    assert "Born until then, by the root" in words
    assert "alive" not in words.lower()


def test_the_command_draws_it_or_says_what_is_wrong(tmp_path):
    (tmp_path / "tree.csv").write_text(TABLE)
    drawn = CliRunner().invoke(main, ["plot", str(tmp_path / "tree.csv")])
    assert drawn.output == f"{tmp_path / 'tree.png'}\n"
    (tmp_path / "tree.csv").write_text(TABLE.replace("origin_time", "origin"))
    refused = CliRunner().invoke(main, ["plot", str(tmp_path / "tree.csv")])
    assert refused.exit_code == 1
    assert "tree.csv: no origin_time is said, so there is nothing to draw over time" in refused.output

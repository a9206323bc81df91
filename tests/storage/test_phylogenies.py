"""Phylogenies of other programs are read, checked, and come back as evosim exports them."""

import csv

import numpy as np
import pytest

import evosim
from evosim.scenario import load_scenario
from evosim.storage.export import export, phylogeny_rows
from evosim.storage.phylogeny import PhylogenyError, read_phylogeny

TABLE = """id,ancestor_list,origin_time,destruction_time,note
1,[none],0,3,first
2,[NONE],0,5,
3,"[1,2]",1,4,
5,[3],3,inf,
4,[3],2,,
6,[2],4,inf,
"""


def test_a_table_of_another_program_is_read(tmp_path):
    (tmp_path / "tree.csv").write_text(TABLE)
    tree = evosim.read_phylogeny(tmp_path / "tree.csv")
    assert tree.ids.tolist() == [1, 2, 3, 5, 4, 6]
    assert tree.individuals[2].ancestors == (1, 2)
    assert tree.families.tolist() == [1, 2, 1, 1, 1, 2]
    assert tree.depths.tolist() == [0, 0, 1, 2, 2, 1]
    assert tree.lineage(5) == [1, 3, 5]
    assert tree.alive.tolist() == [False, False, False, True, True, True]
    living = tree.living(np.array([0.0, 2.0, 4.0]))
    assert {root: counts.tolist() for root, counts in living.items()} == {1: [1, 3, 2], 2: [1, 1, 2]}
    assert tree.common_ancestor() is None
    assert tree.statistics() == {
        "individuals": 6, "roots": 2, "alive": 3, "families": 2, "common_ancestor": None,
        "common_ancestor_born": None, "mean_depth_of_living": pytest.approx(5 / 3), "most_depth": 2,
    }  # fmt: skip
    (tmp_path / "one.csv").write_text(TABLE.replace("6,[2],4,inf,", "6,[2],4,6,"))
    one = read_phylogeny(tmp_path / "one.csv")
    assert (one.common_ancestor(), one.statistics()["common_ancestor_born"]) == (3, 1.0)


def test_where_deaths_are_not_said_nobody_is_called_dead_or_alive(tmp_path):
    (tmp_path / "tree.csv").write_text("id,ancestor_list,origin_time\n1,[none],0\n2,[1],3\n")
    tree = read_phylogeny(tmp_path / "tree.csv")
    assert not tree.says_deaths
    said = tree.statistics()
    assert (said["alive"], said["families"], said["most_depth"]) == (None, None, 1)
    assert tree.living(np.array([0.0, 3.0]))[1].tolist() == [1, 2]


def test_what_is_exported_comes_back(tmp_path):
    small = ["evolution.population=12", "evolution.generations=3", "evolution.interval=30"]
    run = evosim.run(load_scenario("ancestral", small), 1, tmp_path / "run.evosim")
    export(run, "", "alife", tmp_path / "tree.csv")
    tree = read_phylogeny(tmp_path / "tree.csv")
    with (tmp_path / "tree.csv").open() as file:
        assert len(tree.ids) == len(list(csv.DictReader(file)))
    back = [
        (each.id, f"[{','.join(map(str, each.ancestors)) or 'none'}]", each.born, each.died)
        for each in tree.individuals
    ]
    assert back == [
        (id, parents, born, float(died)) for id, parents, born, died in phylogeny_rows(run, one_parent=False)
    ]
    assert tree.statistics()["alive"] == run.frame("generations")["population"][-1]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("id,anc", "name,anc", ":1: no column 'id'; there are name, ancestor_list"),
        ("5,[3]", "five,[3]", ":5: id: expected a whole number, got 'five'"),
        ("5,[3]", "5,3", ":5: ancestor_list: expected [none], [3] or [3,7], got '3'"),
        ("5,[3]", "5,[x]", ":5: ancestor_list: expected a whole number, got 'x'"),
        ("5,[3]", "5,[9]", ":5: individual 5: its ancestor 9 is not in the table"),
        ("5,[3]", "1,[3]", ":5: id 1 stands in line 2 too"),
        ("1,[none],0", "1,[4],0", ":2: individual 1: born at 0, before its ancestor 4"),
        ("6,[2],4,inf", "7,[6],4,inf,\n6,[6],4,inf", ":8: individual 6: it is its own ancestor"),
        ("0,3,first", "soon,3,first", ":2: origin_time: expected a number, got 'soon'"),
        ("0,3,first", "0,then,first", ":2: destruction_time: expected a number, or inf for who is alive, got 'then'"),
        ("0,3,first", "4,3,first", ":2: individual 1: died at 3, before it was born at 4"),
        ("0,3,first", "-inf,3,first", ":2: an individual can't be born at -inf and die at 3"),
        (TABLE[TABLE.index("1,") :], "", ": a table without rows"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_at_its_line(old, new, what, tmp_path):
    (tmp_path / "tree.csv").write_text(TABLE.replace(old, new, 1))
    with pytest.raises(PhylogenyError) as refused:
        read_phylogeny(tmp_path / "tree.csv")
    assert what in str(refused.value)

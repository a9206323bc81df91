"""Tree sequences: tskit opens them, and finds in them the genomes and parents that are stored."""

import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from stored_meadows import made_plainly

from evosim.cli import main
from evosim.interactive.run import Run


@pytest.fixture(scope="module")
def tskit():
    return pytest.importorskip("tskit", reason="tskit is an extra: pip install 'evosim[tskit]'")


@pytest.fixture(scope="module")
def exported(recorded, tskit, tmp_path_factory):
    """Give the tree sequence in a file, and the agents of the run."""
    out = tmp_path_factory.mktemp("trees") / "run.trees"
    done = CliRunner().invoke(main, ["export", str(recorded), "--format", "tskit", "-o", str(out)])
    assert done.exit_code == 0, done.output
    with Run.open(recorded) as run:
        return tskit.load(out), run.frame("agents")


def genotypes(trees, nodes):
    """Read the alleles `[nodes, L]` that trees and mutations say."""
    rows = []
    for variant in trees.variants(samples=nodes, isolated_as_missing=False):
        alleles = np.array([np.float32(allele) for allele in variant.alleles])
        rows.append(alleles[variant.genotypes])
    return np.array(rows).T


def test_genotypes_are_the_stored_genomes_of_everybody(exported):
    trees, agents = exported
    genomes = np.array([agents[locus] for locus in trees.metadata["loci"]], np.float32).T
    assert np.array_equal(genotypes(trees, np.arange(trees.num_nodes)), genomes)
    assert [json.loads(json.dumps(site.metadata))["locus"] for site in trees.sites()] == trees.metadata["loci"]


def test_parents_in_the_trees_are_those_whom_loci_came_from(exported):
    trees, agents = exported
    for tree in trees.trees():
        for locus in range(int(tree.interval.left), int(tree.interval.right)):
            for id, origins in enumerate(agents["origins"].tolist()):
                parent = {"-": -1, "1": agents["parent_1"][id], "2": agents["parent_2"][id]}[origins[locus]]
                assert tree.parent(id) == parent


def test_simplified_trees_have_the_genomes_of_those_alive(exported):
    trees, agents = exported
    alive = np.flatnonzero(agents["cause"] == "")
    assert trees.samples().tolist() == alive.tolist()
    simple = trees.simplify()
    assert simple.num_nodes < trees.num_nodes
    assert np.array_equal(genotypes(simple, simple.samples()), genotypes(trees, alive))
    assert [simple.individual(simple.node(n).individual).metadata["id"] for n in simple.samples()] == alive.tolist()


def test_before_anybody_died_all_are_samples(tskit, tmp_path):
    path = made_plainly(tmp_path / "young.evosim", "measure.births=true", "evolution.interval=1", "evolution.ticks=1")
    with Run.open(path) as run:
        assert not len(run.frame("ends")["id"])
        trees = run.tree_sequence()
        assert trees.num_samples == trees.num_nodes == len(run.frame("births")["id"])
        assert {individual.metadata["cause"] for individual in trees.individuals()} == {None}


def test_individuals_say_who_they_were(exported, tskit):
    trees, agents = exported
    for individual in trees.individuals():
        said, id = individual.metadata, individual.id
        assert said["id"] == id
        assert (said["cause"] or "") == agents["cause"][id]
        assert said["controller"] == agents["controller"][id]
        assert individual.location.tolist() == [agents["born_column"][id], agents["born_row"][id]]
        assert [*individual.parents] == [p for p in (agents["parent_1"][id], agents["parent_2"][id]) if p >= 0]
        assert trees.node(id).time == 40 - agents["born"][id]
    tskit.validate_provenance(json.loads(trees.provenance(0).record))


def test_a_crossover_that_mixes_alleles_has_no_trees(tskit, tmp_path):
    blend = ["evolution.crossover={ operator = 'blend' }", "measure.births=true", "evolution.ticks=20"]
    path = made_plainly(tmp_path / "blend.evosim", *blend)
    done = CliRunner().invoke(main, ["export", str(path), "--format", "tskit", "-o", str(tmp_path / "it.trees")])
    assert done.exit_code != 0
    assert "crossover 'blend' mixes the alleles of both parents" in done.output
    assert not (tmp_path / "it.trees").exists()


def test_without_the_library_it_says_what_to_install(recorded, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tskit", None)
    done = CliRunner().invoke(main, ["export", str(recorded), "--format", "tskit", "-o", str(tmp_path / "it.trees")])
    assert done.exit_code != 0
    assert "tree sequences need tskit: pip install 'evosim[tskit]'" in done.output

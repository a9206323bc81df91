"""The genealogy of all loci as a tree sequence, which tskit opens (Kelleher et al. 2016; Wong et al. 2024).

Genomes are haploid: an agent is a node. An edge is a run of neighbouring loci that a child had from one parent. Where
the child's allele is another than the one inherited there is a mutation, and so there is at founders and migrants, who
inherited nothing, unless theirs is the allele that most founders have.
"""

import json
from typing import Any

import numpy as np

from evosim.numerics.arrays import Flags, Ids, Reals
from evosim.simulation.ecology.agents import AGENTS, RecordedTable, allele_columns_of
from evosim.simulation.ecology.checkpoint import lives
from evosim.storage.export import ExportError, MissingExtraError
from evosim.storage.reader import StoredRun, Summary, as_array
from evosim.storage.schema import CorruptRunError
from evosim.version import __version__

OF_INDIVIDUALS = (
    "id",
    "born",
    "died",
    "age",
    "cause",
    "children",
    "controller",
    "mutations",
    "died_row",
    "died_column",
)


def tree_sequence(run: StoredRun) -> Any:
    """Return the tree sequence (`tskit.TreeSequence`) of a run that recorded births.

    Positions are the numbers of loci; times are ticks before the end of the run. Samples are those alive then, or if
    nobody is, those who died in the last tick in which anybody did. `individuals` have metadata.

    Raises:
        MissingExtraError: tskit is not installed.
        RunFileError: births are not recorded.
        CorruptRunError: they contradict each other.
        ExportError: genomes have no loci, or crossover mixed alleles, so that they have no single origin.
    """
    tskit = import_tskit()
    loci = [column.name for column in allele_columns_of(run)]
    with run.snapshot():
        names, rows = RecordedTable(run, AGENTS, lives).table(AGENTS)
        about = run.summary()
    frame = {name: as_array([row[i] for row in rows]) for i, name in enumerate(names)}
    if not loci:
        raise ExportError(f"{run.path}: genomes have no loci, so there are no trees")
    if any("*" in row for row in frame["origins"].tolist()):
        operator = run.scenario.evolution.crossover.operator
        raise ExportError(
            f"{run.path}: crossover {operator!r} mixes the alleles of both parents, so a locus has no single origin; "
            "trees need 'uniform', 'one_point' or 'two_point'"
        )
    parents = np.stack([np.nan_to_num(frame[f"parent_{side}"], nan=-1.0) for side in (1, 2)], axis=1).astype(np.int64)
    genomes = np.stack([frame[locus] for locus in loci], axis=1)
    try:
        return _tables(tskit, run, about, loci, frame, parents, genomes).tree_sequence()
    except (tskit.LibraryError, ValueError, IndexError) as error:
        raise CorruptRunError(run.path, f"its recorded births make no trees: {error}") from error


def import_tskit() -> Any:
    """Return the library.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import tskit
    except ImportError:
        raise MissingExtraError("tree sequences need tskit: pip install 'evosim[tskit]'") from None
    return tskit


def _tables(
    tskit: Any,
    run: StoredRun,
    about: Summary,
    loci: list[str],
    frame: dict[str, np.ndarray],
    parents: Ids,
    genomes: Reals,
) -> Any:
    tables = tskit.TableCollection(sequence_length=len(loci))
    tables.time_units = "ticks"
    json_codec = tskit.MetadataSchema({"codec": "json"})
    for table in (tables, tables.individuals, tables.sites):
        table.metadata_schema = json_codec
    tables.metadata = {"scenario": run.scenario.name, "seed": run.seed, "loci": loci}
    tables.provenances.add_row(json.dumps(_provenance(about)))

    end = about.done * run.scenario.evolution.interval
    time = (end - frame["born"]).astype(np.float64)
    columns = [_plain(frame[name]) for name in OF_INDIVIDUALS]
    for id, said in enumerate(zip(*columns, strict=True)):
        where = (float(frame["born_column"][id]), float(frame["born_row"][id]))
        of = [parent for parent in parents[id].tolist() if parent >= 0]
        tables.individuals.add_row(location=where, parents=of, metadata=dict(zip(OF_INDIVIDUALS, said, strict=True)))
    is_sample = _samples(frame)
    flags = np.where(is_sample, np.uint32(tskit.NODE_IS_SAMPLE), np.uint32(0)).astype(np.uint32)
    tables.nodes.set_columns(flags=flags, time=time, individual=np.arange(len(time), dtype=np.int32))

    origins = np.array([[*row.encode()] for row in frame["origins"].tolist()], np.uint8) - ord("1")  # 0 or 1
    born = np.flatnonzero(parents[:, 0] >= 0)
    from_parent = np.take_along_axis(parents[born], origins[born].astype(np.int64), axis=1)  # [B, L]
    begins = np.ones(from_parent.shape, np.bool_)
    begins[:, 1:] = from_parent[:, 1:] != from_parent[:, :-1]
    child, left = np.nonzero(begins)
    right = np.full(len(left), len(loci))
    goes_on = child[1:] == child[:-1]
    right[:-1][goes_on] = left[1:][goes_on]
    tables.edges.set_columns(
        left=left.astype(np.float64), right=right.astype(np.float64),
        parent=from_parent[child, left].astype(np.int32), child=born[child].astype(np.int32),
    )  # fmt: skip

    inherited = np.empty_like(genomes)
    for locus, name in enumerate(loci):
        at_first = genomes[: max(1, run.scenario.evolution.population), locus]
        values, counts = np.unique(at_first, return_counts=True)
        ancestral = values[counts.argmax()]
        tables.sites.add_row(position=locus, ancestral_state=_text(ancestral), metadata={"locus": name})
        inherited[:, locus] = ancestral
    inherited[born] = np.take_along_axis(genomes, from_parent, axis=0)
    site, node = np.nonzero((genomes != inherited).T)
    states, offsets = tskit.pack_strings([_text(allele) for allele in genomes[node, site].tolist()])
    tables.mutations.set_columns(
        site=site.astype(np.int32), node=node.astype(np.int32), time=time[node],
        derived_state=states, derived_state_offset=offsets,
    )  # fmt: skip
    tables.sort()
    tables.build_index()
    tables.compute_mutation_parents()
    return tables


def _samples(frame: dict[str, np.ndarray]) -> Flags:
    died = frame["died"].astype(np.float64)
    alive = np.isnan(died)
    return alive if alive.any() else np.asarray(died == died.max())


def _plain(values: np.ndarray) -> list[Any]:
    """Return entries as JSON has them; whole numbers stay whole, and empty ones are None."""
    if values.dtype.kind == "U":
        return [value or None for value in values.tolist()]
    return [None if value != value else int(value) for value in values.tolist()]


def _text(allele: float) -> str:
    return str(np.float32(allele))


def _provenance(about: Summary) -> dict[str, Any]:
    return {
        "schema_version": "1.0.0",
        "software": {"name": "evosim", "version": __version__},
        "parameters": {"command": "run", "scenario": about.name, "seed": about.seed, "digest": about.digest},
        "environment": {"libraries": {name: {"version": version} for name, version in about.versions.items()}},
    }

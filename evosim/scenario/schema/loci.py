"""How many loci the genomes of a scenario have: those of the segments that its kinds of mind say."""

from evosim.scenario.schema.entry_points import MINDS, PluginError, summon
from evosim.scenario.schema.own_kinds import OWN_KINDS
from evosim.scenario.schema.scenario import Scenario


def count_loci(scenario: Scenario) -> int:
    """Count the loci of a genome, as `genome_layout` lays them out; 0 for a kind of mind that is not installed.

    Raises:
        PluginError: a kind of mind of another package fails.
    """
    own, controllers = {kind.name: kind.descriptor for kind in OWN_KINDS}, scenario.mind.controllers
    counts: dict[str, int] = {}  # by the names of segments: those that kinds share are there once
    for name in controllers:
        what = f"the kind of mind {name!r}"
        try:
            make = own.get(name) or summon(MINDS, name, "", what)
        except PluginError:
            continue
        try:
            counts |= {segment.name: len(segment.loci) for segment in make().segments(scenario)}
        except Exception as error:
            raise PluginError(f"{what} failed: {type(error).__name__}: {error}") from error
    return sum(counts.values()) + (len(controllers) if len(controllers) > 1 else 0)

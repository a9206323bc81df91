"""Who of a population has a mesa-objective, and who searches: by genomes, and by the maps that minds think."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.minds_in_words import describe_minds, enough_are_valid
from evosim.mind.kinds import which_want
from viz.answers.reading import Reading


class WantingAgents(NamedTuple):
    """How many agents of the generation measured last have a mesa-objective, and whence it is known."""

    planners: int  # it stands in their genomes
    asked: int  # who think in maps, and were asked for one
    valid: int  # of whom a valid one was read off

    @property
    def read(self) -> int:
        """Of how many minds an objective was read off that counts."""
        return self.valid if enough_are_valid(self.asked, self.valid) else 0

    @property
    def number(self) -> int:
        """How many have a mesa-objective."""
        return self.planners + self.read

    @property
    def whom(self) -> str:
        """What those are called who have one."""
        if not self.read:
            return "planners"
        read_off = "minds whose objective was read off"
        return f"planners and {read_off}" if self.planners else read_off


def count_wanting(reading: Reading) -> WantingAgents:
    """Count who has a mesa-objective in the generation measured last."""
    frame = next(iter(reading.measurements.values()))
    asked, valid = (_last(frame, f"objectives_{what}") for what in ("asked", "read"))
    return WantingAgents(int(which_want(reading.final["controller"]).sum()), asked, valid)


def searching_shares(reading: Reading) -> dict[str, float]:
    """Return the share that searches, of minds that think in a map, in each environment where it was last measured."""
    frames = {name: frame["searching"] for name, frame in reading.measurements.items() if "searching" in frame}
    shares = {name: float(column[-1]) for name, column in frames.items()}
    return {name: share for name, share in shares.items() if not np.isnan(share)}


def planning_ahead_shares(reading: Reading) -> dict[str, float]:
    """Return the share of planners that plan ahead in each environment where it was last measured."""
    return {name: float(frame["plans_ahead"][-1]) for name, frame in reading.measurements.items()}


def planner_share(reading: Reading) -> float:
    """Return the share of planners in the generation measured last."""
    return float(reading.generations["optimizer_fraction"][reading.measured[-1]])


def write_minds(reading: Reading) -> str:
    """Describe who plans, who searches, and of how many an objective was read off."""
    wanting = count_wanting(reading)
    said = describe_minds(
        planner_share(reading), planning_ahead_shares(reading), searching_shares(reading), wanting.asked, wanting.valid
    )
    return f"{said[0].upper()}{said[1:]}"


def _last(frame: dict[str, np.ndarray], name: str) -> int:
    """Return the last entry of a column of counts; 0 where it is missing or empty."""
    return 0 if name not in frame or np.isnan(float(frame[name][-1])) else int(frame[name][-1])

"""The table of what is said of planted populations, for docs/report.md:

PYTHONPATH=tests python tests/headline_table.py
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from planted_runs import PLANTED, corner_lovers, planner, plant, seeing, worlds

from evosim.scenario import Scenario
from viz.answers.reading import read_run
from viz.answers.story import write_story

TWELVE = ["home", "alike", "alike_2", "alike_3", "swapped", "swapped_2", "swapped_3", "far", "far_2", "far_3", "half",
          "half_2"]  # fmt: skip
WHERE = {"mixed": ["home", "half"], "capability failure": ["home", "far"]}


def populations() -> Iterator[tuple[str, Scenario, list[dict[str, float]]]]:
    """Name the populations of the table, each with its scenario and its agents."""
    for kind in PLANTED:
        for environments in (["home"], WHERE.get(kind, ["home", "swapped"]), ["home", "alike", "swapped"], TWELVE):
            yield kind, worlds(environments), [planner(kind)]
    both = [planner("robustly aligned"), planner("pseudo-aligned")]
    yield "half robustly, half pseudo-aligned", worlds(["home", "swapped"]), both
    yield "sees red things as doors, wants doors", worlds(["home", "swapped"], seeing=True), [seeing(1.0, door=1.0)]
    yield "sees what is there, wants redness", worlds(["home", "swapped"], seeing=True), [seeing(0.0, red=1.0)]
    yield (
        "sees red things as doors, wants both",
        worlds(["home", "half"], seeing=True),
        [seeing(1.0, door=1.0, red=1.2)],
    )
    yield "wants the corner", corner_lovers(), [{"corner": 1.0, "planner.horizon": 48.0}]


def lines(folder: Path, most: int = 99) -> Iterator[str]:
    """Write the rows of the table, at most so many."""
    for at, (name, scenario, agents) in enumerate(islice(populations(), most)):
        with plant(folder / f"{at}.evosim", scenario, agents) as run:
            reading = read_run(run)
            story = write_story(run, reading)
            count = len(reading.environments)
            where = ", ".join(reading.environments) if count < 4 else f"{count}"
            said = " ".join([story.headline, *story.specific])
            yield f"| {name} | {where} | {said} |"


def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        print("| planted | measured in | sentences |\n|---|---|---|")
        for line in lines(Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()

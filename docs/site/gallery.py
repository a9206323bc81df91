"""The gallery: moving pictures of typical agents, drawn from runs of shipped scenarios, and the page that shows them.

    for name in $(python docs/site/gallery.py); do evosim run $name --out runs/$name.evosim; done
    python docs/site/gallery.py runs

The first line runs what is shown; the second writes docs/moving/*.svg and docs/gallery.md.
"""

import sys
from pathlib import Path

from pairs import pair

from evosim import open_run
from evosim.numerics.formatting import in_words
from evosim.simulation.runs import RunFile

DOCS = Path(__file__).resolve().parents[1]
SHOWN = {  # a scenario, and the page with its result
    "red_doors": "red_doors.md",
    "red_doors_decorrelated": "red_doors.md",
    "cheese_corner": "cheese_corner.md",
    "misperceived": "misperceived.md",
    "retrained": "retrained.md",
    "many_mazes": "many_mazes.md",
    "bottle_cap": "bottle_cap.md",
    "bottle_cap_planners": "bottle_cap.md",
}
BEGINNING = """# Gallery

What runs look like. Each pair shows one agent, the [typical one](running.md#which-agent) of a shipped run with seed 1,
in one world: where it was selected, and where it wasn't. The darker a cell, the more it is worth to the agent by its
own objective; letters name the things. The world is the first of those in which the agent was measured where the two
lives end apart, if there is one, so pictures show differences at their clearest; how often it is like this stands
below each. The pictures move, unless your system asks for less motion. They were drawn by a program, and nothing in
them is staged.
"""
END = """
## A whole population

In an [ecology](ecology.md) a population shares one world. Two pictures of [contraception](contraception.md): the field
as the window shows it, and the course of the run, in which candy and contraception come at tick 6,000.

![The field of contraception](watching_field.png)

![The course of contraception, seed 1](contraception.png)

## Films

Stories of half a minute, with captions. Each is of seed 1; grids show their typical agent.

- [red_doors](red_doors.mp4): an agent goes to the door where doors are red, and elsewhere to a gem
- [cheese_corner](cheese_corner.mp4): a mouse and its corner
- [search_from_parts](search_from_parts.mp4): a program that evolved thinks, and goes where its map is highest
- [contraception](contraception.mp4): a population, before candy and contraception come and after

To make one of a run of your own:

    evosim record runs/red_doors-1-….evosim -o film.mp4 --story
"""


def section(name: str, run: RunFile) -> str:
    """Draw the pictures of a run; return its part of the page."""
    shown = []
    for environment, picture in pair(run).items():
        path = DOCS / "moving" / f"{name}_{environment}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(picture)
        words = in_words(environment)
        shown.append(f"![{run.scenario.title}: {words}]({path.relative_to(DOCS).as_posix()})")
    question = run.scenario.question or ""
    return f"\n## {run.scenario.title}\n\n{question} [The answer]({SHOWN[name]})\n\n{' '.join(shown)}\n"


def main(folder: Path) -> None:
    """Draw the gallery from a folder of runs, each named after its scenario."""
    parts = [BEGINNING]
    for name in SHOWN:
        with open_run(folder / f"{name}.evosim") as run:
            parts.append(section(name, run))
    (DOCS / "gallery.md").write_text("".join([*parts, END]))


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        print(*SHOWN)

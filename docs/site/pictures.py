"""Draw the pictures of tutorials: their own commands are carried out, at full size, in a folder that is then removed.

    python docs/site/pictures.py first_question

What the commands print is printed, so that numbers on the page can be compared with it.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from tutorial_steps import steps_of, take

COLOURS = 128  # of a picture: a third of its size
TUTORIALS = Path(__file__).resolve().parents[1] / "tutorials"


def draw(name: str) -> None:
    """Carry out a tutorial, and keep the pictures that its page shows."""
    page = TUTORIALS / f"{name}.md"
    with tempfile.TemporaryDirectory() as folder:
        for step in steps_of(page):
            if not step.command:
                take(step, Path(folder))
                continue
            print("$", *step.command, flush=True)
            program = [sys.executable] if step.command[0] == "python" else [sys.executable, "-m", "evosim"]
            subprocess.run([*program, *step.command[1:]], cwd=folder, check=True)
        for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text()):
            if (made := Path(folder) / picture).exists():
                Image.open(made).convert("RGB").quantize(COLOURS).save(TUTORIALS / picture, optimize=True)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        draw(each)

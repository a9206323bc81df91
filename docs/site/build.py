"""Build the site: `make site`, or `python docs/site/build.py FOLDER`.

Warnings are errors, and so are links that lead nowhere.
"""

import sys
from pathlib import Path

from assemble import assemble
from built_pages import problems_of
from sphinx.cmd.build import build_main


def main(into: Path) -> int:
    """Build the site into a folder, beside what it is made of; return the exit code."""
    sources, pages = into / "sources", into / "html"
    assemble(sources)
    config = str(Path(__file__).parent)
    options = ["-q", "-W", "--keep-going", "-E", "-j", "auto", "-b", "html", "-c", config, "-d", str(into / "doctrees")]
    if code := build_main([*options, str(sources), str(pages)]):
        return code
    problems = problems_of(pages)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"The site is {pages / 'index.html'}.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2] or ["build/site"])))

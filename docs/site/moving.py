"""Moving pictures of one life in one world, as SVG: what the agent does, over what each cell is worth to it.

The picture moves by CSS alone. It stands still, at its end, for readers who asked for less motion.
"""

from html import escape
from typing import NamedTuple

from viz.badges import Badge
from viz.report.maps import Map, Thing

CELL, MARGIN, HEAD, FOOT = 24, 8, 46, 54  # pixels
WIDTH = 13 * CELL  # of every map, however many cells it has
STEP, HOLD = 0.3, 2.5  # seconds
WALL, FLOOR, WORTH, AGENT, INK = "#3a3f4b", "#ffffff", "#7a52cc", "#4b2a99", "#1f1f1f"
FAINTEST, STRONGEST = 0.04, 0.55  # opacity of a cell's worth
LETTER_SIZE = 15


class Caption(NamedTuple):
    """The words around a picture."""

    title: str
    subtitle: str
    lines: list[str]  # two at most


def moving_picture(drawn: Map, caption: Caption, letters: dict[str, str], *, shape: str = "disc") -> str:
    """Return an SVG of a map with the agent walking its path; things show the letters of their kinds."""
    scale = WIDTH / (drawn.columns * CELL)
    width, height = WIDTH + 2 * MARGIN, round(scale * drawn.rows * CELL) + HEAD + FOOT
    seconds = max(len(drawn.path) - 1, 1) * STEP + HOLD
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            f' role="img" font-family="system-ui, sans-serif" fill="{INK}">',
            f"<title>{escape(': '.join([caption.title, caption.subtitle, *caption.lines]))}</title>",
            _style(drawn, seconds),
            f'<rect width="{width}" height="{height}" rx="6" fill="#ffffff" stroke="#d9d9d9"/>',
            f'<text x="{MARGIN}" y="20" font-size="15" font-weight="bold">{escape(caption.title)}</text>',
            f'<text x="{MARGIN}" y="38" font-size="12.5" fill="#595959">{escape(caption.subtitle)}</text>',
            *(
                f'<text x="{MARGIN}" y="{height - FOOT + 20 + 18 * n}" font-size="13">{escape(line)}</text>'
                for n, line in enumerate(caption.lines)
            ),
            f'<g transform="translate({MARGIN} {HEAD}) scale({scale:.4g})">',
            f'<rect width="{drawn.columns * CELL}" height="{drawn.rows * CELL}" fill="{WALL}"/>',
            f'<g transform="scale({CELL})"><path d="{drawn.floor}" fill="{FLOOR}"/>{_worth(drawn)}</g>',
            *(_thing(each, letters[each.kind]) for each in drawn.things),
            _walk(drawn, shape),
            "</g>",
            "</svg>",
            "",
        ]
    )


def _worth(drawn: Map) -> str:
    """Return the cells, the darker the more they are worth to the agent."""
    if not drawn.cells:
        return ""
    opacity = [FAINTEST + (STRONGEST - FAINTEST) * cell.height for cell in drawn.cells]
    return "".join(
        f'<rect x="{cell.column}" y="{cell.row}" width="1" height="1" fill="{WORTH}" fill-opacity="{each:.2f}"/>'
        for cell, each in zip(drawn.cells, opacity, strict=True)
    )


def _thing(thing: Thing, letter: str) -> str:
    """Return an object: a tile in its colour, with a letter, and its badges."""
    x, y = thing.column * CELL, thing.row * CELL
    badges = "".join(_badge(each, *_middle((thing.row, thing.column))) for each in thing.badges)
    return (
        f'<rect x="{x + 2}" y="{y + 2}" width="{CELL - 4}" height="{CELL - 4}" rx="4" fill="{thing.colour}"/>'
        f'<text x="{x + CELL / 2}" y="{y + CELL / 2 + 5}" font-size="{LETTER_SIZE}" font-weight="bold"'
        f' text-anchor="middle" fill="{thing.ink}">{escape(letter)}</text>{badges}'
    )


def _badge(badge: Badge, x: int, y: int) -> str:
    """Return the badge of an object whose middle is here."""
    x, y = x + 9 * badge.across, y + 9 * badge.down
    return (
        f'<circle cx="{x}" cy="{y}" r="5" fill="#ffffff" stroke="{INK}"/><text x="{x}" y="{y + 2.8}" font-size="9"'
        f' font-weight="bold" text-anchor="middle">{escape(badge.letter)}</text>'
    )


def _walk(drawn: Map, shape: str) -> str:
    """Return the trail, the agent, and the ring around where it arrives."""
    points = " ".join(f"{x},{y}" for x, y in map(_middle, drawn.path))
    x, y = _middle(drawn.path[-1])
    body = '<circle r="8"/>' if shape == "disc" else '<rect x="-7" y="-7" width="14" height="14"/>'
    ring = f'<circle class="ring" cx="{x}" cy="{y}" r="14.5" fill="none" stroke="{INK}" stroke-width="2.5"/>'
    return (
        f'<polyline class="trail" points="{points}" pathLength="1" fill="none" stroke="{AGENT}" stroke-width="3"'
        ' stroke-linejoin="round" stroke-opacity="0.55"/>'
        f"{ring if drawn.first else ''}"
        f'<g class="agent" fill="{AGENT}" stroke="#ffffff" stroke-width="2">{body}</g>'
    )


def _style(drawn: Map, seconds: float) -> str:
    """Return the style sheet: at rest everything is as at the end of the life."""
    share = 100 * (seconds - HOLD) / seconds
    steps = [(share * n / max(len(drawn.path) - 1, 1), _middle(at)) for n, at in enumerate(drawn.path)]
    walk = " ".join(f"{at:.2f}% {{ transform: translate({x}px, {y}px) }}" for at, (x, y) in steps)
    x, y = _middle(drawn.path[-1])
    lasting = f"{seconds:.1f}s linear infinite"
    return "\n".join(
        [
            "<style>",
            f".agent {{ transform: translate({x}px, {y}px) }} .trail {{ stroke-dasharray: 1 }}",
            "@media (prefers-reduced-motion: no-preference) {",
            f".agent {{ animation: walk {lasting} }} .trail {{ animation: trail {lasting} }}",
            f".ring {{ animation: ring {lasting} }} }}",
            f"@keyframes walk {{ {walk} 100% {{ transform: translate({x}px, {y}px) }} }}",
            f"@keyframes trail {{ 0% {{ stroke-dashoffset: 1 }} {share:.2f}%, 100% {{ stroke-dashoffset: 0 }} }}",
            f"@keyframes ring {{ 0%, {share:.2f}% {{ opacity: 0 }} {share + 0.5:.2f}%, 100% {{ opacity: 1 }} }}",
            "</style>",
        ]
    )


def _middle(at: tuple[int, int]) -> tuple[int, int]:
    row, column = at
    return column * CELL + CELL // 2, row * CELL + CELL // 2

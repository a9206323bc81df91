"""Key bindings: the one table that the window, its help and the guide are made from."""

from typing import NamedTuple

import pygame

SHIFT, CONTROL = pygame.KMOD_SHIFT, pygame.KMOD_CTRL
PLAIN, SHIFTED, CONTROLLED = "", "shift", "ctrl"


class Key(NamedTuple):
    """A key and its modifier."""

    code: int
    held: str = PLAIN


class KeyBinding(NamedTuple):
    """An action, its keys, and their written form."""

    name: str
    keys: tuple[Key, ...]
    written: str
    words: str
    group: str


TIME, LOOK, AGENT, SCREEN = "Time", "Looking", "Agents", "Window"


KEY_BINDINGS = (
    KeyBinding("play", (Key(pygame.K_SPACE),), "Space", "pause or resume", TIME),
    KeyBinding("step", (Key(pygame.K_RIGHT),), "→", "one tick forward", TIME),
    KeyBinding("back", (Key(pygame.K_LEFT),), "←", "one tick back", TIME),
    KeyBinding("next", (Key(pygame.K_PAGEDOWN), Key(pygame.K_PERIOD)), "PgDn or .", "next stored generation", TIME),
    KeyBinding(
        "previous", (Key(pygame.K_PAGEUP), Key(pygame.K_COMMA)), "PgUp or ,", "previous stored generation", TIME
    ),
    KeyBinding("first", (Key(pygame.K_HOME),), "Home", "the founders", TIME),
    KeyBinding("newest", (Key(pygame.K_END),), "End", "follow the newest generation", TIME),
    KeyBinding("faster", (Key(pygame.K_UP),), "↑", "faster", TIME),
    KeyBinding("slower", (Key(pygame.K_DOWN),), "↓", "slower", TIME),
    KeyBinding("lens", (Key(pygame.K_l),), "L", "next lens: wants, counts, disagreement, perception", LOOK),
    KeyBinding("lens_back", (Key(pygame.K_l, SHIFTED),), "Shift+L", "previous lens", LOOK),
    KeyBinding("pair", (Key(pygame.K_m),), "M", "one agent large, in two environments, or the wall", LOOK),
    KeyBinding("think_more", (Key(pygame.K_k),), "K", "let it think one more thought of its map (large)", LOOK),
    KeyBinding("think_less", (Key(pygame.K_k, SHIFTED),), "Shift+K", "one thought less (large)", LOOK),
    KeyBinding("deploy", (Key(pygame.K_d),), "D", "move everybody to the next environment, at last back", LOOK),
    KeyBinding("reveal", (Key(pygame.K_r),), "R", "reveal more of what --training-only hides", LOOK),
    KeyBinding("branch", (Key(pygame.K_b),), "B", "from here on with something changed: futures side by side", LOOK),
    KeyBinding("save", (Key(pygame.K_w),), "W", "save these futures as run files", LOOK),
    KeyBinding("colours", (Key(pygame.K_c),), "C", "change what colours mean (field)", LOOK),
    KeyBinding("marks", (Key(pygame.K_e),), "E", "mark births, matings and deaths, or don't (field)", LOOK),
    KeyBinding("cast", (Key(pygame.K_a),), "A", "one agent in all worlds, or many agents (wall)", LOOK),
    KeyBinding("more", (Key(pygame.K_n),), "N", "more worlds (wall)", LOOK),
    KeyBinding("fewer", (Key(pygame.K_n, SHIFTED),), "Shift+N", "fewer worlds (wall)", LOOK),
    KeyBinding(
        "large", (Key(pygame.K_RETURN), Key(pygame.K_KP_ENTER)), "Enter", "enlarge this world, or show all", LOOK
    ),
    KeyBinding("zoom_in", (Key(pygame.K_z),), "Z", "zoom in (field); or the mouse wheel", LOOK),
    KeyBinding("zoom_out", (Key(pygame.K_x),), "X", "zoom out (field)", LOOK),
    KeyBinding("whole", (Key(pygame.K_0),), "0", "the whole world (field)", LOOK),
    KeyBinding("north", (Key(pygame.K_UP, SHIFTED),), "Shift+↑", "pan north (field); or drag", LOOK),
    KeyBinding("south", (Key(pygame.K_DOWN, SHIFTED),), "Shift+↓", "pan south", LOOK),
    KeyBinding("west", (Key(pygame.K_LEFT, SHIFTED),), "Shift+←", "pan west", LOOK),
    KeyBinding("east", (Key(pygame.K_RIGHT, SHIFTED),), "Shift+→", "pan east", LOOK),
    KeyBinding("agent", (Key(pygame.K_TAB),), "Tab", "next agent; or click one", AGENT),
    KeyBinding("agent_before", (Key(pygame.K_TAB, SHIFTED),), "Shift+Tab", "previous agent", AGENT),
    KeyBinding("parent", (Key(pygame.K_LEFTBRACKET),), "[", "its parent, if stored", AGENT),
    KeyBinding("child", (Key(pygame.K_RIGHTBRACKET),), "]", "a child", AGENT),
    KeyBinding("card_on", (Key(pygame.K_DOWN, CONTROLLED),), "Ctrl ↓", "scroll its card down; or the wheel", AGENT),
    KeyBinding("card_back", (Key(pygame.K_UP, CONTROLLED),), "Ctrl ↑", "scroll its card up", AGENT),
    KeyBinding("escape", (Key(pygame.K_ESCAPE),), "Esc", "close what is open, or deselect", AGENT),
    KeyBinding("plots", (Key(pygame.K_p),), "P", "enlarge plots, show more, or shrink them", SCREEN),
    KeyBinding("space", (Key(pygame.K_o),), "O", "switch between plots and objective space", SCREEN),
    KeyBinding("theme", (Key(pygame.K_t),), "T", "dark or light theme", SCREEN),
    KeyBinding(
        "bigger",
        (Key(pygame.K_EQUALS, CONTROLLED), Key(pygame.K_PLUS, CONTROLLED)),
        "Ctrl +",
        "enlarge everything",
        SCREEN,
    ),
    KeyBinding("smaller", (Key(pygame.K_MINUS, CONTROLLED),), "Ctrl −", "shrink everything", SCREEN),
    KeyBinding("fullscreen", (Key(pygame.K_f), Key(pygame.K_F11)), "F", "full screen on or off", SCREEN),
    KeyBinding("screenshot", (Key(pygame.K_s),), "S", "save a picture of the window", SCREEN),
    KeyBinding("record", (Key(pygame.K_v),), "V", "start or stop recording a film", SCREEN),
    KeyBinding("help", (Key(pygame.K_h), Key(pygame.K_F1)), "? or H", "this help", SCREEN),
    KeyBinding("quit", (Key(pygame.K_q),), "Q", "close the window; the run goes on", SCREEN),
)
BY_KEY = {key: action.name for action in KEY_BINDINGS for key in action.keys}
GROUPS = (TIME, LOOK, AGENT, SCREEN)


def action_of(event: pygame.event.Event) -> str | None:
    """Return the action of a key event, or None."""
    if event.type != pygame.KEYDOWN:
        return None
    if getattr(event, "unicode", "") == "?":
        return "help"
    held = CONTROLLED if event.mod & CONTROL else SHIFTED if event.mod & SHIFT else PLAIN
    return BY_KEY.get(Key(event.key, held))


def keys_as_markdown() -> str:
    """Return the key bindings as a Markdown table."""
    rows = ["| key | does |", "|---|---|"]
    return "\n".join([*rows, *(f"| {action.written} | {action.words} |" for action in KEY_BINDINGS)])

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
    KeyBinding("play", (Key(pygame.K_SPACE),), "Space", "pause, or go on", TIME),
    KeyBinding("step", (Key(pygame.K_RIGHT),), "→", "one tick on", TIME),
    KeyBinding("back", (Key(pygame.K_LEFT),), "←", "one tick back", TIME),
    KeyBinding(
        "next", (Key(pygame.K_PAGEDOWN), Key(pygame.K_PERIOD)), "PgDn or .", "the next generation that is stored", TIME
    ),
    KeyBinding("previous", (Key(pygame.K_PAGEUP), Key(pygame.K_COMMA)), "PgUp or ,", "the one before", TIME),
    KeyBinding("first", (Key(pygame.K_HOME),), "Home", "the founders", TIME),
    KeyBinding("newest", (Key(pygame.K_END),), "End", "the newest, as fast as it evolves", TIME),
    KeyBinding("faster", (Key(pygame.K_UP),), "↑", "faster", TIME),
    KeyBinding("slower", (Key(pygame.K_DOWN),), "↓", "slower", TIME),
    KeyBinding("lens", (Key(pygame.K_l),), "L", "the next lens: wants, counts, disagreement, perception", LOOK),
    KeyBinding("lens_back", (Key(pygame.K_l, SHIFTED),), "Shift+L", "the lens before", LOOK),
    KeyBinding("deploy", (Key(pygame.K_d),), "D", "move everybody to the other environment, and back", LOOK),
    KeyBinding("colours", (Key(pygame.K_c),), "C", "colour agents by something else (field)", LOOK),
    KeyBinding("cast", (Key(pygame.K_a),), "A", "one agent in all worlds, or many agents (wall)", LOOK),
    KeyBinding("more", (Key(pygame.K_n),), "N", "more worlds (wall)", LOOK),
    KeyBinding("fewer", (Key(pygame.K_n, SHIFTED),), "Shift+N", "fewer worlds (wall)", LOOK),
    KeyBinding(
        "large", (Key(pygame.K_RETURN), Key(pygame.K_KP_ENTER)), "Enter", "this world large, or all again", LOOK
    ),
    KeyBinding("zoom_in", (Key(pygame.K_z),), "Z", "nearer (field); or the mouse wheel", LOOK),
    KeyBinding("zoom_out", (Key(pygame.K_x),), "X", "farther (field)", LOOK),
    KeyBinding("whole", (Key(pygame.K_0),), "0", "the whole world (field)", LOOK),
    KeyBinding("north", (Key(pygame.K_UP, SHIFTED),), "Shift+↑", "look farther north (field); or drag", LOOK),
    KeyBinding("south", (Key(pygame.K_DOWN, SHIFTED),), "Shift+↓", "farther south", LOOK),
    KeyBinding("west", (Key(pygame.K_LEFT, SHIFTED),), "Shift+←", "farther west", LOOK),
    KeyBinding("east", (Key(pygame.K_RIGHT, SHIFTED),), "Shift+→", "farther east", LOOK),
    KeyBinding("agent", (Key(pygame.K_TAB),), "Tab", "the next agent; or click one", AGENT),
    KeyBinding("agent_before", (Key(pygame.K_TAB, SHIFTED),), "Shift+Tab", "the agent before", AGENT),
    KeyBinding("parent", (Key(pygame.K_LEFTBRACKET),), "[", "to its parent, where that is stored", AGENT),
    KeyBinding("child", (Key(pygame.K_RIGHTBRACKET),), "]", "to a child", AGENT),
    KeyBinding("card_on", (Key(pygame.K_DOWN, CONTROLLED),), "Ctrl ↓", "read on in its card; or the wheel", AGENT),
    KeyBinding("card_back", (Key(pygame.K_UP, CONTROLLED),), "Ctrl ↑", "back in its card", AGENT),
    KeyBinding("escape", (Key(pygame.K_ESCAPE),), "Esc", "out of what is open, or nobody chosen", AGENT),
    KeyBinding("plots", (Key(pygame.K_p),), "P", "plots large, more of them, or small again", SCREEN),
    KeyBinding("space", (Key(pygame.K_o),), "O", "other plots: objective space, and back", SCREEN),
    KeyBinding("theme", (Key(pygame.K_t),), "T", "dark or light", SCREEN),
    KeyBinding(
        "bigger", (Key(pygame.K_EQUALS, CONTROLLED), Key(pygame.K_PLUS, CONTROLLED)), "Ctrl +", "all larger", SCREEN
    ),
    KeyBinding("smaller", (Key(pygame.K_MINUS, CONTROLLED),), "Ctrl −", "all smaller", SCREEN),
    KeyBinding("fullscreen", (Key(pygame.K_f), Key(pygame.K_F11)), "F", "the whole screen, or a window", SCREEN),
    KeyBinding("screenshot", (Key(pygame.K_s),), "S", "save a picture of the window", SCREEN),
    KeyBinding("record", (Key(pygame.K_v),), "V", "record a film of the window, or end it", SCREEN),
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

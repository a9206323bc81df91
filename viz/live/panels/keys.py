"""Keys: what each does, said once: the window obeys this table, and its help and the guide are made of it."""

from typing import NamedTuple

import pygame

SHIFT, CONTROL = pygame.KMOD_SHIFT, pygame.KMOD_CTRL
PLAIN, SHIFTED, CONTROLLED = "", "shift", "ctrl"


class Key(NamedTuple):
    """A key with what must be held beside it."""

    code: int
    held: str = PLAIN


class Action(NamedTuple):
    """Something that can be done, by which keys, and how the keys are written."""

    name: str
    keys: tuple[Key, ...]
    written: str
    words: str
    group: str


TIME, LOOK, AGENT, SCREEN = "Time", "Looking", "Agents", "Window"


ACTIONS = (
    Action("play", (Key(pygame.K_SPACE),), "Space", "pause, or go on", TIME),
    Action("step", (Key(pygame.K_RIGHT),), "→", "one tick on", TIME),
    Action("back", (Key(pygame.K_LEFT),), "←", "one tick back", TIME),
    Action(
        "next", (Key(pygame.K_PAGEDOWN), Key(pygame.K_PERIOD)), "PgDn or .", "the next generation that is stored", TIME
    ),
    Action("previous", (Key(pygame.K_PAGEUP), Key(pygame.K_COMMA)), "PgUp or ,", "the one before", TIME),
    Action("first", (Key(pygame.K_HOME),), "Home", "the founders", TIME),
    Action("newest", (Key(pygame.K_END),), "End", "the newest, as fast as it evolves", TIME),
    Action("faster", (Key(pygame.K_UP),), "↑", "faster", TIME),
    Action("slower", (Key(pygame.K_DOWN),), "↓", "slower", TIME),
    Action("lens", (Key(pygame.K_l),), "L", "the next lens: wants, counts, disagreement, perception", LOOK),
    Action("lens_back", (Key(pygame.K_l, SHIFTED),), "Shift+L", "the lens before", LOOK),
    Action("deploy", (Key(pygame.K_d),), "D", "move everybody to the other environment, and back", LOOK),
    Action("colours", (Key(pygame.K_c),), "C", "colour agents by something else (field)", LOOK),
    Action("cast", (Key(pygame.K_a),), "A", "one agent in all worlds, or many agents (wall)", LOOK),
    Action("more", (Key(pygame.K_n),), "N", "more worlds (wall)", LOOK),
    Action("fewer", (Key(pygame.K_n, SHIFTED),), "Shift+N", "fewer worlds (wall)", LOOK),
    Action("large", (Key(pygame.K_RETURN), Key(pygame.K_KP_ENTER)), "Enter", "this world large, or all again", LOOK),
    Action("zoom_in", (Key(pygame.K_z),), "Z", "nearer (field); or the mouse wheel", LOOK),
    Action("zoom_out", (Key(pygame.K_x),), "X", "farther (field)", LOOK),
    Action("whole", (Key(pygame.K_0),), "0", "the whole world (field)", LOOK),
    Action("north", (Key(pygame.K_UP, SHIFTED),), "Shift+↑", "look farther north (field); or drag", LOOK),
    Action("south", (Key(pygame.K_DOWN, SHIFTED),), "Shift+↓", "farther south", LOOK),
    Action("west", (Key(pygame.K_LEFT, SHIFTED),), "Shift+←", "farther west", LOOK),
    Action("east", (Key(pygame.K_RIGHT, SHIFTED),), "Shift+→", "farther east", LOOK),
    Action("agent", (Key(pygame.K_TAB),), "Tab", "the next agent; or click one", AGENT),
    Action("agent_before", (Key(pygame.K_TAB, SHIFTED),), "Shift+Tab", "the agent before", AGENT),
    Action("parent", (Key(pygame.K_LEFTBRACKET),), "[", "to its parent, where that is stored", AGENT),
    Action("child", (Key(pygame.K_RIGHTBRACKET),), "]", "to a child", AGENT),
    Action("card_on", (Key(pygame.K_DOWN, CONTROLLED),), "Ctrl ↓", "read on in its card; or the wheel", AGENT),
    Action("card_back", (Key(pygame.K_UP, CONTROLLED),), "Ctrl ↑", "back in its card", AGENT),
    Action("escape", (Key(pygame.K_ESCAPE),), "Esc", "out of what is open, or nobody chosen", AGENT),
    Action("plots", (Key(pygame.K_p),), "P", "plots large, more of them, or small again", SCREEN),
    Action("space", (Key(pygame.K_o),), "O", "other plots: objective space, and back", SCREEN),
    Action("theme", (Key(pygame.K_t),), "T", "dark or light", SCREEN),
    Action(
        "bigger", (Key(pygame.K_EQUALS, CONTROLLED), Key(pygame.K_PLUS, CONTROLLED)), "Ctrl +", "all larger", SCREEN
    ),
    Action("smaller", (Key(pygame.K_MINUS, CONTROLLED),), "Ctrl −", "all smaller", SCREEN),
    Action("fullscreen", (Key(pygame.K_f), Key(pygame.K_F11)), "F", "the whole screen, or a window", SCREEN),
    Action("screenshot", (Key(pygame.K_s),), "S", "save a picture of the window", SCREEN),
    Action("record", (Key(pygame.K_v),), "V", "record a film of the window, or end it", SCREEN),
    Action("help", (Key(pygame.K_h), Key(pygame.K_F1)), "? or H", "this help", SCREEN),
    Action("quit", (Key(pygame.K_q),), "Q", "close the window; the run goes on", SCREEN),
)
BY_KEY = {key: action.name for action in ACTIONS for key in action.keys}
GROUPS = (TIME, LOOK, AGENT, SCREEN)


def action_of(event: pygame.event.Event) -> str | None:
    """Say what a key does; None if it does nothing."""
    if event.type != pygame.KEYDOWN:
        return None
    if getattr(event, "unicode", "") == "?":
        return "help"
    held = CONTROLLED if event.mod & CONTROL else SHIFTED if event.mod & SHIFT else PLAIN
    return BY_KEY.get(Key(event.key, held))


def keys_as_markdown() -> str:
    """Write the table for the guide."""
    rows = ["| key | does |", "|---|---|"]
    return "\n".join([*rows, *(f"| {action.written} | {action.words} |" for action in ACTIONS)])

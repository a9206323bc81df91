"""The live view: a window on a run, during evolution or long after.

Data flows one way. `sources` opens the run file; `scene` replays what was measured, and `replay` continues an ecology
from a stored state; `session` holds what is on screen and handles keys and the mouse; `screen` renders a session, panel
by panel, each a function from state to surface; `window` has the only event loop, and `film` records sessions without
a window.

A process is shown by the kind of view that it offers: the `wall` of a generational run, or the `field` of an ecology.
Each is a room with a view, a reader, a history, charts, timeline events and a tour, and a line in `window/views`. The
`pair` stands in front of the wall: one of its agents, large, in two environments.
"""

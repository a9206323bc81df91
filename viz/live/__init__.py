"""The live view: a window on a run, during evolution or long after.

Data flows one way. `sources` opens the run file; `scene` replays what was measured, and `replay` continues an ecology
from a stored state; `session` holds what is on screen and handles keys and the mouse; `screen` renders a session, panel
by panel, each a function from state to surface; `window` has the only event loop, and `film` records sessions without
a window.

A process is shown by the kind of view that it offers: the `wall` of a generational run, or the `field` of an ecology.
Each is a room with a view, a reader, a history, charts, timeline events and a tour, and a line in `window/views`.

Data goes one way. `sources` reads the run file; `stage` lets agents live again what was measured, `replay` lets an
ecology go on from what was kept; `session` holds what a person is looking at, and answers keys and the mouse; `screen`
draws a session, panel by panel, each a function from state to surface; `window` has the only event loop, and `film`
turns sessions into films without any window.

A process is looked at by the kind of view that it offers: the `wall` of a run of generations, or the `field` of an
ecology. Each is a room with a view, a reader, a history, charts, happenings and a tour, and a line in `window/views`.
"""

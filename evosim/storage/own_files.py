"""Own files: which they are that a writer writes, whatever stands in their places meanwhile.

A run that is being written may be removed or replaced by somebody else. The writer would go on into a file without a
name, and acknowledge what nobody will ever find; and its log would be taken for that of the file that came instead.
"""

from pathlib import Path

from evosim.storage.connection import identity
from evosim.storage.schema import RunFileError

IN_USE = ("-wal", "-shm")


class OwnFiles:
    """A run file and what SQLite keeps beside it, known by what they are, not by their names."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.known = {run: identity(run)}

    def lost(self) -> Path | None:
        """Name one that is not there any more, or is another: the run itself, if it is that."""
        return next((path for path, known in self.known.items() if identity(path) != known), None)

    def run_is_lost(self) -> bool:
        """Tell whether the run is not there any more, or is another file."""
        return identity(self.run) != self.known[self.run]

    def note_logs(self) -> None:
        """Note what SQLite has made beside the run since."""
        for end in IN_USE:
            path = Path(f"{self.run}{end}")
            if path not in self.known and (found := identity(path)) is not None:
                self.known[path] = found

    def refuse_if_lost(self) -> None:
        """Check that what was just stored can be found.

        Raises:
            RunFileError: somebody removed or replaced a file.
        """
        self.note_logs()
        lost = self.lost()
        if lost is not None:
            what = "was removed" if identity(lost) is None else "was replaced by another file"
            raise RunFileError(f"{lost}: {what} while the run was being written; nothing more is stored")

    def remove_logs(self) -> None:
        """Remove what stands beside a file that is not ours, and would be taken for its log."""
        for path, known in self.known.items():
            if path != self.run and identity(path) == known:
                path.unlink(missing_ok=True)

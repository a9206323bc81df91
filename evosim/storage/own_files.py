"""The files that a writer has open, known by device and inode: others may have taken their places meanwhile.

A run that is being written may be removed or replaced by somebody else. The writer would go on into a file without a
name, and acknowledge what nobody will ever find; and its log would be taken for that of the file that came instead.
"""

from pathlib import Path

from evosim.storage.connection import file_identity
from evosim.storage.schema import RunFileError

IN_USE = ("-wal", "-shm")


class OwnFiles:
    """A run file and what SQLite keeps beside it, known by device and inode."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.logs = [Path(f"{run}{end}") for end in IN_USE]
        self.known = {run: file_identity(run)}

    def first_lost(self) -> Path | None:
        """Return the first file that was removed or replaced, the run itself before its logs; None if none was."""
        return next((path for path, known in self.known.items() if file_identity(path) != known), None)

    def run_is_lost(self) -> bool:
        """Whether the run was removed or replaced by another file."""
        return file_identity(self.run) != self.known[self.run]

    def add_logs(self) -> None:
        """Add the logs that SQLite has made beside the run since."""
        for path in self.logs:
            if path not in self.known and (found := file_identity(path)) is not None:
                self.known[path] = found

    def refuse_if_lost(self) -> None:
        """Check that what was just stored is in the files at these paths.

        Raises:
            RunFileError: somebody removed or replaced a file.
        """
        self.add_logs()
        lost = self.first_lost()
        if lost is not None:
            what = "was removed" if file_identity(lost) is None else "was replaced by another file"
            raise RunFileError(f"{lost}: {what} while the run was being written; nothing more is stored")

    def remove_logs(self) -> None:
        """Remove our logs beside a file that is not ours, which would be taken for its own."""
        for path, known in self.known.items():
            if path != self.run and file_identity(path) == known:
                path.unlink(missing_ok=True)

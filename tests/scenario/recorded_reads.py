"""A scenario that notes which of its values are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

from evosim.scenario.schema.base import Part
from evosim.scenario.validation.paths import ANY, PRESENT, Pattern


class Recorder:
    """What was read since it was cleared."""

    def __init__(self) -> None:
        self.reads: set[Pattern] = set()
        self.is_paused = False

    def note(self, *path: Any) -> None:
        """Note that something was read."""
        if not self.is_paused:
            self.reads.add(path)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Note nothing for a while."""
        before, self.is_paused = self.is_paused, True
        yield
        self.is_paused = before

    def wrapped(self, value: Any, path: tuple[Any, ...]) -> Any:
        """Return a value that notes what is read of it; a plain one is noted at once."""
        if not isinstance(value, Part | dict | list):
            self.note(*path, *([PRESENT] if value is None else []))
            return value
        self.note(*path, PRESENT)
        return {Part: RecordedPart, dict: RecordedDict, list: RecordedList}[
            Part if isinstance(value, Part) else type(value)
        ](value, path, self)


def plain(value: Any) -> Any:
    """Return what stands behind a recorded value."""
    return getattr(value, "_value", value)


class RecordedPart:
    def __init__(self, value: Part, path: tuple[Any, ...], recorder: Recorder) -> None:
        self._value, self._path, self._recorder = value, path, recorder

    @property
    def __class__(self) -> Any:  # so that isinstance asks for it
        model = type(self._value)
        for tag in {"kind", "operator"} & set(model.model_fields):
            is_default = not model.model_fields[tag].is_required() and tag == "operator"
            if is_default or getattr(model, "TAG", ""):  # then the table may not say it, or misspell it
                self._recorder.note(*self._path, tag)
        return type(self._value)

    def __getattr__(self, name: str) -> Any:
        model = type(self._value)
        if name in model.model_fields:
            return self._recorder.wrapped(
                getattr(self._value, name), (*self._path, model.model_fields[name].alias or name)
            )
        if name == "__pydantic_extra__":
            return self._recorder.wrapped(dict(self._value.__pydantic_extra__ or {}), self._path)
        found = getattr(self._value, name)
        return MethodType(found.__func__, self) if isinstance(found, MethodType) else found

    def __eq__(self, other: object) -> bool:
        self._recorder.note(*self._path)
        return bool(self._value == plain(other))

    __hash__ = None  # type: ignore[assignment]


class RecordedDict(dict[Any, Any]):
    def __init__(self, value: dict[Any, Any], path: tuple[Any, ...], recorder: Recorder) -> None:
        super().__init__(value)
        self._value, self._path, self._recorder = value, path, recorder

    def __contains__(self, name: object) -> bool:
        self._recorder.note(*self._path, name, PRESENT)
        return name in self._value

    def __getitem__(self, name: Any) -> Any:
        return self._recorder.wrapped(self._value[name], (*self._path, name))

    def get(self, name: Any, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401

    def __iter__(self) -> Iterator[Any]:
        self._recorder.note(*self._path, ANY, PRESENT)
        return iter(self._value)

    def keys(self) -> Any:
        return list(self)

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def __len__(self) -> int:
        self._recorder.note(*self._path, ANY, PRESENT)
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        self._recorder.note(*self._path)
        return bool(self._value == plain(other))

    __hash__ = None  # type: ignore[assignment]


class RecordedList(list[Any]):
    def __init__(self, value: list[Any], path: tuple[Any, ...], recorder: Recorder) -> None:
        super().__init__(value)
        self._value, self._path, self._recorder = value, path, recorder

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self._value)))]
        return self._recorder.wrapped(self._value[index], (*self._path, index))

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self._value)))

    def __contains__(self, value: object) -> bool:
        self._recorder.note(*self._path)
        return value in self._value

    def __eq__(self, other: object) -> bool:
        self._recorder.note(*self._path)
        return bool(self._value == plain(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

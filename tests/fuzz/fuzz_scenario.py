"""Fuzz the scenario reader: any bytes are a scenario, or have something said against them; nothing else, and soon.

    python tests/fuzz/fuzz_scenario.py /tmp/found tests/fuzz/corpus/scenario scenarios -timeout=20

An input is a file; behind a NUL follow options of `--set`, each behind a NUL of its own.
"""

import random
import re
import sys
import tempfile
from pathlib import Path

VALUES = [
    b"0", b"1", b"-1", b"2", b"1e308", b"1e-320", b"-0.0", b"inf", b"nan", b"9223372036854775808", b"0.5", b"true", b'""',
    b'"x"', b'"red"', b'"training"', b'"red_doors"', b'"nsga2"', b'"lexicase"', b'"deap.selBest"', b'"cma_es"', b"[]",
    b"[1, 2]", b"[[1]]", b"{}", b"{ a = 1 }", b"1979-05-27", b"07:32:00", b"'''\n'''", b'"\\u0007"', b'"\xc3\xa9\xf0\x9f\x9a\xaa"',
]  # fmt: skip
WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_-]*|[0-9.]+|\"[^\"\n]*\"|\[[^\[\]\n]*\]|\{[^{}\n]*\}")


def read(data: bytes) -> None:
    """Read bytes as a scenario file with options, as the command line would."""
    from evosim.scenario import Scenario, ScenarioError, load_scenario
    from evosim.scenario.loading.load import scenario_from_json, scenario_to_json
    from evosim.simulation.process import process_class
    from evosim.storage.schema import table_statements

    text, *overrides = data.split(b"\0")
    with tempfile.NamedTemporaryFile(suffix=".toml", dir=in_memory()) as file:
        file.write(text)
        file.flush()
        try:
            scenario = load_scenario(file.name, [override.decode("utf-8", "surrogateescape") for override in overrides])
        except ScenarioError as error:
            assert error.diagnostics
            for diagnostic in error.diagnostics:
                assert diagnostic.what
                diagnostic.shown().encode("utf-8", "backslashreplace")
            return
    assert isinstance(scenario, Scenario)
    assert scenario_from_json(scenario_to_json(scenario), "stored") == scenario
    assert list(table_statements(process_class(scenario).contents(scenario)))


def in_memory() -> str | None:
    """Name a folder that is no disk, if there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def change_words(data: bytes, largest: int, seed: int) -> bytes:
    """Mutate a text by its words and lines: what looks like TOML stays so more often than with single bytes."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        lines = data.split(b"\n")
        row = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[row]
            case 1:
                lines.insert(chance.randrange(len(lines) + 1), lines[row])
            case _:
                words = list(WORD.finditer(lines[row]))
                if words:
                    at = chance.choice(words)
                    others = [word.group() for word in WORD.finditer(data)]
                    new = chance.choice(VALUES if chance.random() < 0.5 else others)
                    lines[row] = lines[row][: at.start()] + new + lines[row][at.end() :]
        data = b"\n".join(lines)
    return data[:largest]


def main() -> None:
    """Fuzz until something is found, or the time is over."""
    import atheris

    with atheris.instrument_imports(include=["evosim", "tomllib"]):
        pass

    def mutate(data: bytes, largest: int, seed: int) -> bytes:
        return change_words(data, largest, seed) if seed % 2 else atheris.Mutate(data, largest)

    atheris.Setup(sys.argv, read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""A package of another, installed, for tests of kinds of mind."""

import sys

import packages
import pytest

from evosim.mind.kinds import kind_named


@pytest.fixture
def package(tmp_path, monkeypatch):
    installed = packages.install(tmp_path / "installed")
    monkeypatch.syspath_prepend(installed)
    kind_named.cache_clear()
    yield installed
    kind_named.cache_clear()


@pytest.fixture
def edited(package):
    """A package whose file is edited before it is imported: whoever imported it before has it again afterwards."""
    modules = {name: sys.modules.pop(name) for name in [*sys.modules] if name.startswith("evosim_example")}

    def edit(*replacements):
        file = package / "evosim_example" / "wall_follower.py"
        text = file.read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)

    yield edit
    for name in [name for name in sys.modules if name.startswith("evosim_example")]:
        del sys.modules[name]
    sys.modules.update(modules)

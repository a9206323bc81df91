# `make demo` runs red_doors, compares it with its nulls and draws its figure; `make test` passes the tests; `make coverage` says which lines no test runs; `make site` builds the guide as a site. All install what they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TWINS = $(shell grep -rlE "^(import|from) (reference|meadows|small_evolutions)" tests --include="test_*.py")

.PHONY: demo test lint coverage site bench twins clean

demo: $(VENV)/installed
	$(BIN)/evosim run red_doors --out runs/red_doors.evosim --force
	$(BIN)/evosim null runs/red_doors.evosim
	$(BIN)/evosim plot runs/red_doors.evosim -o runs/red_doors.png
	@echo "The figure is runs/red_doors.png; the run is runs/red_doors.evosim."

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Kernels are run as plain Python by the tests that hold them to their twins, all else as it is: Numba's own coverage counts lines that are
# compiled, whether or not they are run.
coverage: $(VENV)/installed-dev
	rm -f .coverage .coverage.*
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m coverage run -m pytest $(TWINS)
	$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

# Static files that need no server and no network. Warnings are errors, and so are links that lead nowhere.
site: $(VENV)/installed-docs
	$(BIN)/python docs/site/build.py build/site

# Ratios of interleaved rounds: beside the same in C where there is a compiler, and beside other packages where they are installed.
bench: $(VENV)/installed-bench
	@mkdir -p runs
	$(BIN)/python -m benchmarks.speed --json runs/speed.json --figure runs/speed.png
	@echo "The figure is runs/speed.png; what was measured is runs/speed.json."

twins:  # which tests those are
	@echo $(TWINS)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "evosim needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python setup.py pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/bin/python setup.py pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/installed

$(VENV)/installed-docs: $(VENV)/bin/python setup.py pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@ $(VENV)/installed

$(VENV)/installed-bench: $(VENV)/bin/python setup.py pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache

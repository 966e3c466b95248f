# `make demo` and `make test` do all the set-up. They need Python >= 3.11 with venv, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-quick test-slow torture check docs bench bench-long bench-peers constraints clean

# make demo ARGS='--port 8399' passes options to it.
demo: $(VENV)/.app
	$(BIN)/archiver demo $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m slow

# Tests that start no programs and no browser, for use between two edits.
test-quick: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m "not slow and not program"

# Faults, kills, hostile files and servers, fuzzers: up to 40 minutes. SEED=N selects other seeds.
torture: $(VENV)/.dev
	$(BIN)/python tests/torture --seed $(or $(SEED),1)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

docs: $(VENV)/.dev
	$(BIN)/python -m archiver.cli.describe > docs/cli.md
	$(BIN)/python -m archiver.index.schema.describe_schema > docs/schema.md
	$(BIN)/python -m archiver.describe_library > docs/library.md

# Pins the versions that CI installs. Run it in a fresh checkout in which all tests passed.
constraints: $(VENV)/.dev
	@echo "# What CI installs: made by 'make constraints' from a fresh environment in which all tests passed." > .ci/constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable | grep -v '^hemeroteca' >> .ci/constraints.txt

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/crawl.py
	$(BIN)/python benchmarks/frontier.py
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/extract.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/growth.py

# A crawl of 100,000 small pages: 20 to 60 minutes.
bench-long: $(VENV)/.dev
	$(BIN)/python benchmarks/long_crawl.py

# Needs nginx and wget; installs the other tools into separate environments.
bench-peers: $(VENV)/.dev
	$(BIN)/python benchmarks/peers/run.py --keep
	$(BIN)/python benchmarks/disk.py

$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1'
	touch $@

# Dependency groups need pip 25.1 or newer; a fresh venv of Python 3.11 has an older one.
$(VENV)/.app: $(VENV)/.pip pyproject.toml
	@echo "installing archiver and its dependencies: this takes some minutes"
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	touch $@

$(VENV)/.dev: $(VENV)/.app
	$(BIN)/python -m pip install -q --disable-pip-version-check --group dev
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-archive

# The two commands of the README: `make demo` and `make test`. Both set up what they need under .venv and build/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AIRFLOW := 2.6.3
MANUAL := --module cmlint.command_line.options --function check_parser --project-name cmlint --prog cmlint --manual-title cmlint \
	--description "find context managers that lose what they acquired" --version ""

.PHONY: man demo test lint pytest prove prove-quick manifest flake8-agrees packaging docs clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

build/demo-venv/installed: pyproject.toml $(shell find src -name '*.py' -o -name '*.toml')
	$(PYTHON) -m venv build/demo-venv
	build/demo-venv/bin/python -m pip install --quiet --disable-pip-version-check .
	touch $@

build/demo/airflow: | build/demo-venv/installed
	mkdir -p build/demo
	build/demo-venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
		--dest build/demo apache-airflow==$(AIRFLOW)
	cd build/demo && $(CURDIR)/build/demo-venv/bin/python -m zipfile -e apache_airflow-$(AIRFLOW)-py3-none-any.whl .

# cmlint answers 1 because it finds something: that is what the demo shows.
demo: build/demo-venv/installed build/demo/airflow
	cd build/demo && { $(CURDIR)/build/demo-venv/bin/cmlint --diff airflow/; test $$? -eq 1; }

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/lint-imports

# Two workers, because the runtime proof mostly waits.
pytest: $(VENV)/installed
	$(BIN)/python -m pytest -n 2

# About nine minutes on two cores, some of which is the runtime proof.
test: lint pytest

# A real Airflow loses a real database. The first run builds Airflow 2.6.3 once, outside the checkout.
prove: $(VENV)/installed
	$(BIN)/python -m pytest tests/prove
	cat build/proof/airflow.md

prove-quick: $(VENV)/installed
	$(BIN)/python -m pytest tests/prove/test_sqlite.py

# Every affected release of the manifest against its wheel: 19 wheels of Airflow, 250 MB. `make test` looks at four of them.
manifest: $(VENV)/installed
	$(BIN)/python fixes/airflow/make_manifest.py --check

# Wheel and sdist: their contents, and that they work in an empty environment of every supported Python that is here.
packaging: $(VENV)/installed
	$(BIN)/python -m pytest tests/test_packaging.py

# flake8 and the command line on all released packages of benchmarks/data/managers.tsv: some minutes.
flake8-agrees: $(VENV)/installed
	$(BIN)/python benchmarks/flake8_agrees.py

# The documentation site, in build/site; every warning is an error. It has an environment of its own.
build/docs-venv/installed: pyproject.toml
	$(PYTHON) -m venv build/docs-venv
	build/docs-venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

docs: build/docs-venv/installed
	NO_MKDOCS_2_WARNING=1 build/docs-venv/bin/mkdocs build --quiet --strict
	build/docs-venv/bin/python website/check.py build/site

# The manual page is made from the parser of the command line; a test compares it.
man: $(VENV)/installed
	$(BIN)/argparse-manpage $(MANUAL) > docs/cmlint.1

clean:
	rm -rf $(VENV) build dist .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Two commands are enough on a fresh machine with Python 3.11 to 3.14: `make demo` and `make test`.
# The only network that they use is pip's.

PYTHON ?= python3
MINUTES ?= 30
# A process for each core, each with servers of its own; a Neo4j that is named for tests is one process's alone.
PROCESSES ?= $(if $(HUB_TEST_NEO4J_URL),0,auto)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11 pyproject.toml --group build

# A stamp is named after what it installed, so a changed lock is noticed and an unchanged one costs nothing.
stamp = $(VENV)/$(1)-$(firstword $(shell cat pyproject.toml $(2) | cksum))
RUNTIME := $(call stamp,runtime,requirements.txt)
DEVELOP := $(call stamp,develop,requirements-dev.txt)

.DEFAULT_GOAL := help
.PHONY: help demo test lint format install develop bench proof lock docs clean
MAKEFLAGS += --no-print-directory

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 16

demo: $(RUNTIME) ## start everything on this machine, on real facts
	@$(BIN)/hub demo

test: lint ## check style, layers and types, then run the tests
	@$(BIN)/python -m pytest --numprocesses $(PROCESSES) --maxprocesses 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term

lint: $(DEVELOP) ## check style, layers and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pyright --pythonpath $(BIN)/python

format: $(DEVELOP) ## mend what can be mended by a tool
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

install: $(RUNTIME) ## install what the hub needs to run

develop: $(DEVELOP) ## install what its tests need too

bench: $(DEVELOP) ## compare the hub with plain resolvers, statements by hand and its own statements
	@$(BIN)/python -m bench

proof: $(DEVELOP) ## run the long lane: seeds of chance, many cases, MINUTES for each proof (30 if not said)
	@PROOF_MINUTES=$(MINUTES) $(BIN)/python -m pytest -m "" --hypothesis-profile proof

lock: $(DEVELOP) ## choose the newest allowed version of everything, with hashes
	@$(COMPILE) --upgrade --output-file requirements.txt
	@$(COMPILE) --group dev --upgrade --constraint requirements.txt --output-file requirements-dev.txt

docs: $(DEVELOP) ## write the pages and the schema that are made from code
	@$(BIN)/python -c 'from hub.settings import page; print(page(), end="")' > docs/settings.md.new
	@mv docs/settings.md.new docs/settings.md
	@$(BIN)/python -c 'from hub.__main__ import hub; from hub.cli.manuals import manual; print(manual(hub), end="")' \
		> docs/commands.md.new
	@mv docs/commands.md.new docs/commands.md
	@$(BIN)/python -c 'from schema.manual import page; from schema.types import MODEL; print(page(MODEL), end="")' \
		> docs/model.md.new
	@mv docs/model.md.new docs/model.md
	@$(BIN)/python -c 'from auth.matrix import page; from schema.types import MODEL; print(page(MODEL), end="")' \
		> docs/matrix.md.new
	@mv docs/matrix.md.new docs/matrix.md
	@$(BIN)/hub schema > schema/schema.graphql.new
	@mv schema/schema.graphql.new schema/schema.graphql

clean: ## remove what make and the tools made; the hub's data stays
	rm -rf $(VENV) *.egg-info build dist .coverage .coverage.* htmlcov
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment whose making was cut short has no pip, and is made again.
define environment
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else "Python 3.11 to 3.14 is \
needed, this one is " + sys.version.split()[0] + ": say which with `make PYTHON=python3.12 ...`")' && \
		echo "making $(VENV)" && $(PYTHON) -m venv --clear $(VENV); }
endef

$(RUNTIME):
	$(environment)
	@echo "installing locked requirements"
	@$(PIP) --require-hashes --requirement requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOP):
	$(environment)
	@echo "installing locked requirements and the tools of the tests"
	@$(PIP) --require-hashes --requirement requirements-dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(RUNTIME) $@

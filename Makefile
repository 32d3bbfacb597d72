# The verbs of this repository; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
STORE ?= sqlite:///mlflow.db
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo tables tables-check notebooks docs test lint test-quick test-fast test-slow hashes licences audit ui clean
TABLES := $(BIN)/python experiments/table.py
# Whole files to each process, so that a module's fixtures are made once; in the order of the folders, long ones first.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses logical --dist loadfile --no-loadscope-reorder --durations 10

# What the package is built with, and the resolver that looks up the hashes of its dependencies.
BUILD := hatchling hatch-fancy-pypi-readme
HASHES := $(BIN)/uv pip compile pyproject.toml - --constraint constraints.txt --python $(BIN)/python --generate-hashes \
	--no-annotate --custom-compile-command 'make hashes' --quiet

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/experiments.stamp ## train and compare four models on the shipped corpus, label a file, analyse an article
	$(BIN)/python experiments/table.py table=demo
	@printf '\nRight: the model that ships labels these statements as a reader does.\n'
	$(BIN)/janib predict examples/statements.csv
	@printf '\nWrong: all of these are against the party. The model misses irony, conditions and images.\n'
	$(BIN)/janib predict examples/hard.csv
	@printf '\nAn article. One party is wrong: both ministers defend UNRWA (أونروا). One side is missed: the Jordanian spokesman is for Kuwait.\n'
	$(BIN)/janib analyse examples/article.txt -o outputs/demo/article

tables: $(VENV)/dev.stamp ## run what has not run of all tables, and write the tables
	$(TABLES) -m 'table=glob(*,exclude=[demo,own,smoke])'

tables-check: $(VENV)/experiments.stamp ## compute what is written of the tables from their results again, and compare
	$(TABLES) -m 'table=glob(*,exclude=[demo,own,smoke])' action=check
	$(TABLES) table=demo table.folder=experiments/results/demo action=check

notebooks: $(VENV)/notebooks.stamp ## open the notebooks, on this machine only
	$(BIN)/jupyter lab --ip 127.0.0.1 notebooks

docs: $(VENV)/docs.stamp ## build the documentation site into outputs/site; a warning is an error
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --conf-dir docs --doctree-dir outputs/doctrees . outputs/site
	@echo "file://$(CURDIR)/outputs/site/index.html"

test: $(VENV)/dev.stamp ## lint and the quick tests, at once; no network
	$(MAKE) --no-print-directory --jobs 2 test-quick lint

lint: $(VENV)/dev.stamp ## ruff, mypy, deptry
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/deptry src

test-quick: $(VENV)/dev.stamp ## all tests but the slow ones
	$(PYTEST) --maxprocesses 4 -m "not slow"

test-fast: $(VENV)/dev.stamp ## unit tests of all rooms but corpora and models: for an edit loop, under a minute
	$(PYTEST) --maxprocesses 4 -m "not slow" $(filter-out tests/unit/corpora/ tests/unit/models/,$(wildcard tests/unit/*/)) $(wildcard tests/unit/*.py)

test-slow: $(VENV)/dev.stamp $(VENV)/docs.stamp ## kill tests, the wheel in a fresh environment, the README's commands, servers, the site
	$(PYTEST) --maxprocesses 2 -m slow tests

hashes: $(VENV)/dev.stamp ## write requirements/: the versions of constraints.txt with the sha256 of their files; asks the registry
	printf '%s\n' $(BUILD) | $(HASHES) --output-file requirements/base.txt
	printf '%s\n' $(BUILD) | $(HASHES) --extra experiments --output-file requirements/experiments.txt
	printf '%s\n' $(BUILD) | $(HASHES) --all-extras --output-file requirements/all.txt

licences: $(VENV)/dev.stamp ## list the licences of all packages that janib and its extras bring
	$(BIN)/python experiments/licences.py

audit: $(VENV)/dev.stamp ## ask a database of advisories for all packages of requirements/all.txt; needs a network
	$(BIN)/uvx pip-audit@2.10.1 --disable-pip --require-hashes --requirement requirements/all.txt

ui: $(VENV)/experiments.stamp ## look at the runs in MLflow, on this machine only
	$(BIN)/janib ui --port $(PORT) --store $(STORE)

clean: ## remove the environment; runs and results stay
	rm -rf $(VENV)

# One constraints file gives every package one exact version. A stamp is newer than what it was installed from.
$(VENV)/experiments.stamp: pyproject.toml constraints.txt
	@echo "installing into $(VENV): some minutes, the first time"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[experiments]'
	touch $@

$(VENV)/notebooks.stamp: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[experiments,notebooks]'
	touch $@

$(VENV)/docs.stamp: $(VENV)/experiments.stamp
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[experiments,docs]'
	touch $@

$(VENV)/dev.stamp: $(VENV)/experiments.stamp
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[experiments,excel,export,html,network,dev]'
	touch $@

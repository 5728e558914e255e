# The commands of this project: `make` alone lists them. Works on GNU Make 3.81 (macOS) and later.

# PYTHON is used or refused; if it is empty, the first of PYTHONS that is new enough is used.
PYTHON ?=
PYTHONS := $(if $(PYTHON),'$(PYTHON)',python3 python3.14 python3.13 python3.12 python3.11)

RUNS ?= 100
DOCUMENTS ?= 10000
BIN := .venv/bin
INSTALLED := .venv/.installed

# Make an incomplete .venv again.
.DELETE_ON_ERROR:

.PHONY: help setup servers compare test coverage slow fuzz truths backtest lint docs options pins clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s%s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) servers ## create .venv with the package, and install missing servers

servers: ## install missing servers; SERVERS=skip leaves the system alone
	@sh tools/install-servers.sh

compare: setup ## set up, then compare brokers (ARGS='redis rabbitmq --quick': which, and how)
	$(BIN)/brokerbench compare $(ARGS)

test: setup ## set up, then run the tests (ARGS='-k redis': some)
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --reruns 1 $(ARGS)

coverage: setup ## run the tests and print their coverage, which takes half as long again
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --reruns 1 --cov --cov-report term $(ARGS)

slow: setup ## run the slow tests: faults, expectations of each server, second runs of a gate (an hour)
	$(BIN)/python -m pytest -m long $(ARGS)
	$(BIN)/python -m pytest tests/guarantees/slow tests/gate/slow tests/apps/slow $(ARGS)

fuzz: setup ## feed broken documents to every reader (minutes; DOCUMENTS=100000: more; ARGS='-k gate': some)
	DOCUMENTS='$(DOCUMENTS)' $(BIN)/python -m pytest tests/fuzz/slow $(ARGS)

backtest: setup ## run comparisons with known answers, and print expected and found (half an hour; ARGS=release: one)
	$(BIN)/python tests/truths/looks.py
	$(BIN)/python tests/truths/backtest.py $(ARGS)

truths: setup ## measure brokers and slowdowns that are known, and print known and found (hours; RUNS=10: fewer)
	$(BIN)/python -m pytest tests/truths/slow
	$(BIN)/python tests/truths/known_times.py
	$(BIN)/python tests/truths/bare.py --seconds 300
	$(BIN)/python tests/truths/distances.py
	$(BIN)/python tests/truths/flip.py
	$(BIN)/python tests/truths/scale.py
	$(BIN)/python tests/truths/backlog.py --subject redis
	$(BIN)/python tests/truths/backlog.py --subject rabbitmq --spec broker_transport_options.socket_settings.18=60000
	$(BIN)/python tests/truths/interrupts.py --runs $(RUNS)
	$(BIN)/python tests/truths/sequential.py
	$(BIN)/python tests/truths/quick_verdicts.py
	$(BIN)/python tests/truths/tuning.py --runs $(RUNS)
	$(BIN)/python tests/truths/quick.py --runs $(RUNS)
	$(BIN)/python tests/truths/verdicts.py aa --runs $(RUNS)
	$(BIN)/python tests/truths/verdicts.py enqueue-3 --runs $(RUNS)
	$(BIN)/python tests/truths/verdicts.py worker-10 --runs $(RUNS)
	$(BIN)/python tests/truths/sides.py aa --runs $(RUNS) --budget 3m
	$(BIN)/python tests/truths/sides.py enqueue --runs $(RUNS)
	$(BIN)/python tests/truths/sides.py worker --runs $(RUNS)
	$(BIN)/python tests/truths/causes.py --runs $(RUNS)

lint: $(INSTALLED) ## check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: options ## build the documentation site into build/site; a broken link or anchor fails
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/zensical build --clean --strict

options: $(INSTALLED) ## rewrite docs/options.md from the commands' help texts
	$(BIN)/python tools/write_options.py

pins: ## rewrite constraints.txt for every Python from 3.11 on (needs uv)
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --extra dev --extra docs --extra history \
	  --no-annotate --custom-compile-command 'make pins' --output-file constraints.txt pyproject.toml

clean: ## remove .venv and what tools left behind, but keep results
	rm -rf .venv .cache build dist .coverage .coverage.* .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo 'Installing the package and its libraries; this takes a minute or two, once.'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.venv/pyvenv.cfg:
	@for python in $(PYTHONS); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$python" -c 'import ensurepip' 2>/dev/null || { \
	    echo "$$python cannot create an environment: install its venv package (Debian, Ubuntu: apt-get install python3-venv)" >&2; \
	    exit 1; }; \
	  echo "+ $$python -m venv .venv"; exec "$$python" -m venv .venv; \
	done; \
	echo 'Python 3.11 or later not found; tried: $(PYTHONS). Name one: make PYTHON=/path/to/python3' >&2; exit 1

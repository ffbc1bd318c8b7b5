# Two commands for a newcomer: `make demo` and `make test`. `make help` lists the rest.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$p; exit; fi; \
	done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
RIVALS := var/bench/rivals
PIP_INSTALL := -m pip install -qq --no-input --no-deps --disable-pip-version-check --root-user-action ignore --require-hashes
# Checks look at the settings of production and never at a database of the developer's choice.
PRODUCTION := env -u DATABASE_URL -u PUBLIC_DATABASE_URL -u DEBUG -u SECRET_KEY SECRET_KEY=checks-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF ALLOWED_HOSTS=example.org SITE_URL=https://example.org

.DEFAULT_GOAL := help
.PHONY: help install demo test promises rivals bench check format openapi lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | while IFS='|' read -r name text; do printf '%-14s %s\n' "$$name" "$$text"; done

# The stamp is a copy of the lock, so that a fresh checkout with new timestamps installs nothing twice.
install: ## create .venv and install requirements.lock (quick when nothing changed)
	@if ! cmp -s requirements.lock $(VENV)/installed.lock; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "This project needs Python 3.11 or newer and '$(PYTHON)' is not. Name one that is: make install PYTHON=python3.12" >&2; exit 1; }; \
	  [ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || \
	    { rm -rf $(VENV); echo "Python could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	  echo "Installing the locked dependencies into $(VENV) (once, about a minute)"; \
	  $(BIN)/python $(PIP_INSTALL) -r requirements.lock || \
	    { echo "The locked dependencies could not be installed; the lines above say why." >&2; exit 1; }; \
	  cp requirements.lock $(VENV)/installed.lock; \
	fi

demo: install ## a served demo with data at http://127.0.0.1:8000/ (PORT and DATABASE_URL are honoured)
	@DEBUG=true PORT=$(PORT) exec $(BIN)/python manage.py demo

test: install ## the whole suite on SQLite, and on PostgreSQL where it is installed (ARGS="-k name" goes to pytest)
	@$(BIN)/python tests/run.py $(ARGS)

promises: install ## what users may rely on (tests/promises/) with its full figures, on both databases
	@$(BIN)/python tests/run.py --promises $(ARGS)

# What the benchmark starts beside the product has packages that nothing else needs; without them it measures the rest.
rivals: install
	@if ! cmp -s tests/bench/rivals.lock $(RIVALS)/installed.lock; then \
	  echo "Installing FastAPI, SQLAlchemy and Datasette into $(RIVALS) (once, about ten seconds)"; \
	  { [ -x $(RIVALS)/bin/python ] || $(BIN)/python -m venv $(RIVALS); } && \
	  $(RIVALS)/bin/python $(PIP_INSTALL) -r tests/bench/rivals.lock && \
	  cp tests/bench/rivals.lock $(RIVALS)/installed.lock || \
	    echo "They could not be installed and are not asked; the lines above say why." >&2; \
	fi

bench: rivals ## measure a PostgreSQL database of N incidents against the goals of docs/performance.md (N=10000)
	@DEBUG=true $(BIN)/python manage.py benchmark $(or $(N),10000) $(ARGS)

check: install ## lint, types, layers, house rules, migrations, deployment settings, committed OpenAPI document
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DEBUG=true $(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q -n 0 tests/test_house.py
	$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(PRODUCTION) $(BIN)/python manage.py openapi --check

format: install ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: install ## regenerate the committed OpenAPI document
	$(PRODUCTION) $(BIN)/python manage.py openapi

lock: install ## resolve pyproject.toml and tests/bench/rivals.in anew (fetches uv into a temporary environment)
	@t=$$(mktemp -d) && trap 'rm -rf "$$t"' EXIT && $(PYTHON) -m venv "$$t" && "$$t/bin/pip" install -qq uv && \
	  compile="$$t/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate" && \
	  $$compile --extra dev --custom-compile-command "make lock" $(LOCK_ARGS) pyproject.toml -o requirements.lock && \
	  $$compile --custom-compile-command "make lock" $(LOCK_ARGS) tests/bench/rivals.in -o tests/bench/rivals.lock

clean: ## remove what the commands above made, data of the demo included
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results

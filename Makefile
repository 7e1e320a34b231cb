# Two commands do everything on a fresh Debian machine with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
SPEED ?= 20

.PHONY: help setup setup-test demo test test-fast test-long test-postgres check bench bench-peers lock vendor catalogues

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: .venv/.run-ready ## Make .venv with what Safeconduct needs to run

.venv/.run-ready: requirements/run.txt pyproject.toml
	scripts/debian.sh run
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	$(BIN)/python -m safeconduct.web.catalogues
	$(BIN)/python -m safeconduct.watch.warm
	touch $@

setup-test: .venv/.test-ready ## Add what the tests need, Debian packages included where it may

.venv/.test-ready: requirements/dev.txt .venv/.run-ready
	scripts/debian.sh test
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

demo: setup ## Play the case in a temporary node and print the logins (SPEED=20 times life)
	$(BIN)/safeconduct demo --speed $(SPEED)

test: setup-test check ## Check, then run the whole suite on SQLite and on PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser and not kill"
	$(BIN)/python -m pytest -m "browser and not long"
	$(BIN)/python -m pytest -n 2 --dist worksteal -m kill
	scripts/with_postgres.sh $(BIN)/python -m pytest -n 2 --dist worksteal -m "not embedded and not slow and not browser and not kill"

test-long: setup-test ## What takes minutes each in a browser: a whole journey, ten thousand people asked, a bus
	$(BIN)/python -m pytest -m long

test-postgres: setup-test ## The whole of the suite that is not tied to SQLite, on PostgreSQL: what takes long, too
	scripts/with_postgres.sh $(BIN)/python -m pytest -n 2 --dist worksteal -m "not embedded and not browser and not kill"

test-fast: setup-test ## The part of the suite that takes under a minute
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser and not kill"

check: setup-test ## Lint, types, imports between rooms
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: setup-test ## Every benchmark, each beside its peer
	for each in benchmarks/*.py; do $(BIN)/python -m benchmarks.$$(basename $$each .py) || exit 1; done

bench-peers: setup-test ## The watch beside what people use today (about 1.2 GB of packages)
	scripts/debian.sh peers
	for each in peers peers-skmob; do test -x .venv-$$each/bin/python || $(BIN)/uv venv --quiet .venv-$$each; \
		$(BIN)/uv pip install --quiet --python .venv-$$each/bin/python --require-hashes -r requirements/$$each.txt || exit 1; done
	scripts/with_postgres.sh $(BIN)/python -m benchmarks.peers \
		--python .venv-peers/bin/python --python-skmob .venv-peers-skmob/bin/python

lock: ## Lock the requirements anew, without addresses
	$(BIN)/uv pip compile pyproject.toml --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --extra postgres --group dev --quiet --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -c requirements/run.txt -o requirements/dev.txt
	for group in peers peers-skmob; do $(BIN)/uv pip compile --group $$group --quiet \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/$$group.txt || exit 1; done

# Nastavnik. `make` alone lists what can be done; every target brings its own .venv (deploy/bootstrap.py).
.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
DATA ?= .data
BIND ?= 127.0.0.1:8428
# Tests side by side: as many as there are processors.
JOBS ?= auto
PYTEST ?= $(PY) -m pytest
PYTEST_ARGS ?=
STACK := $(PY) -m deploy.embedded.stack
COMPOSE ?= docker compose

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

# ---------------------------------------------------------------------- the environment
# The first Python that is young enough; PYTHON=/path/to/python overrides.
FIND_PYTHON = for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$p"; exit; fi; done; \
	echo "nastavnik: Python 3.11 or later is needed and none of python3, python3.11 .. python3.14 on PATH is one; install it or say make PYTHON=/path/to/python3." >&2; \
	exit 1

.PHONY: env dev-env
env: # what running needs
	@python=$$($(FIND_PYTHON)) && "$$python" deploy/bootstrap.py runtime
dev-env: # what tests and checks need, too
	@python=$$($(FIND_PYTHON)) && "$$python" deploy/bootstrap.py dev

# ---------------------------------------------------------------------- running it
.PHONY: demo run seed migrate psql
demo: env ## the whole life of a programme, from stage I to completion, over HTTP
	@$(PY) -m services.demo
run: env ## keep the whole system up; data in DATA (.data), address BIND (127.0.0.1:8428)
	@NASTAVNIK_ERASURE_LOG="$${NASTAVNIK_ERASURE_LOG-$(abspath $(BACKUPS))/erasures.jsonl}" $(STACK) run --data "$(DATA)" --bind "$(BIND)"
seed: env ## fill the running system with the demo district
	@$(STACK) exec --data "$(DATA)" -- $(PY) -m services.seed $(SEED_ARGS)
migrate: env ## bring the running system's database schema up to date
	@$(STACK) exec --data "$(DATA)" -- $(PY) -m services.cli migrate
psql: env ## a SQL prompt on the running system, as superuser
	@$(STACK) psql --data "$(DATA)"

# ---------------------------------------------------------------------- keeping it
BACKUPS ?= backups
KEEP ?= 14
.PHONY: backup restore drill
backup: env ## copy all rows of the running system into BACKUPS (backups), keep the last KEEP (14)
	@$(STACK) exec --superuser --data "$(DATA)" -- $(PY) -m deploy.backup "$(BACKUPS)" --keep $(KEEP)
restore: env ## fill a new DATA folder from the backup FILE=...
	@$(PY) -m deploy.restore --data "$(DATA)" "$(FILE)"
drill: env ## back up under load, kill everything, restore into an empty server, check
	@$(PY) -m deploy.drill $(DRILL_ARGS)

# ---------------------------------------------------------------------- testing it
.PHONY: test faults security unit test-parallel test-serial
# The large run comes last, so that its closing line is the last word.
test: dev-env test-serial test-parallel ## all tests
test-parallel: dev-env
	@$(PYTEST) -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=15 -m "not serial" $(PYTEST_ARGS)
# Exit code 5 says that no test is marked serial.
test-serial: dev-env
	@$(PYTEST) -m serial -p no:randomly --durations=15 $(PYTEST_ARGS) || [ $$? -eq 5 ]
# Seed, faults and what was lost are printed in the end; FAULTS_ARGS="--faults-seed N" repeats a run.
faults: dev-env ## hurt a real installation in every way of the failure matrix; writes docs/reliability.md
	@$(PYTEST) tests/faults tests/simulation -p no:randomly --faults=long $(FAULTS_ARGS)
# Seed, probes, calls and leaks are printed in the end; SECURITY_ARGS="--security-seed N" repeats a run.
security: dev-env ## everybody foreign on every route, odd requests, a forged audit log; writes docs/security_figures.md
	@$(PYTEST) tests/security tests/db/test_audit_chain.py tests/db/test_audit_heads.py -p no:randomly --security=long $(SECURITY_ARGS)
unit: dev-env ## the tests that need no server, in seconds
	@$(PYTEST) tests/unit

# ---------------------------------------------------------------------- checking it
.PHONY: check lint bandit types imports deptry verify compose-check sql-check audit
check: lint bandit types imports deptry verify compose-check sql-check ## lint, types, imports, dependencies, generated files, deploy files
lint: dev-env ## ruff: rules and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
bandit: dev-env # insecure habits; what ruff does not know of them
	@.venv/bin/bandit --quiet --recursive services shared deploy --configfile pyproject.toml
types: dev-env ## mypy --strict
	@$(PY) -m mypy
imports: dev-env # the arrows of the architecture
	@.venv/bin/lint-imports --cache-dir .cache/import_linter
deptry: dev-env # every import declared, every declaration used
	@.venv/bin/deptry .
verify: dev-env ## generated files are fresh
	@$(PY) -m services.cli verify
compose-check: dev-env # no engine needed
	@.venv/bin/hadolint deploy/Dockerfile
	@.venv/bin/docker-compose --profile '*' -f docker-compose.yml config --quiet
	@.venv/bin/compose-lint check --quiet --fail-on low --strict-config docker-compose.yml
sql-check: dev-env # migrations that lock or break
	@.venv/bin/squawk shared/db/migrations/*.sql
audit: dev-env ## known vulnerabilities of all required versions; needs the network, and is loud when it cannot tell
	@$(PY) -m deploy.advisories

# ---------------------------------------------------------------------- making things
.PHONY: bench diagram requirements
bench: dev-env ## measure; writes docs/performance.md
	@$(PY) -m bench
diagram: env ## draw the stage diagram
	@$(PY) -m services.cli diagram
# One resolution after the other, so that a test runs the very versions that are shipped.
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements'
requirements: dev-env ## resolve the floors of pyproject.toml to hashed requirement files (UPGRADE=--upgrade)
	@$(COMPILE) $(UPGRADE) pyproject.toml --group embedded -o requirements.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml -c requirements.txt -o deploy/requirements.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --group embedded --group dev -c requirements.txt -o requirements-dev.txt
	@$(COMPILE) $(UPGRADE) requirements-bootstrap.in -o requirements-bootstrap.txt

# ---------------------------------------------------------------------- containers
.PHONY: up down logs
up: ## start everything in containers
	@python=$$($(FIND_PYTHON)) && "$$python" deploy/make_secrets.py
	@$(COMPOSE) up --detach --build --wait
down: ## stop the containers, keep the data
	@$(COMPOSE) down
logs: ## follow the containers' logs
	@$(COMPOSE) logs --follow

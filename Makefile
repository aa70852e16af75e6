# The commands of the README. Every one of them sets up what it needs first.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
RUNS := .venv/.runs

.PHONY: setup demo run test check bench lock format

setup: $(READY) ## only the set-up: .venv with .venv/bin/stackspend in it

demo: $(READY) ## try everything on this machine, without an account
	@$(BIN)/stackspend demo $(if $(KEEP),--keep)

run: $(RUNS) ## the bot for real, from the environment or .env
	@exec $(BIN)/python -m bot run

# Each process reads what another compiled, whatever the shell says: five seconds of work less for each
test: $(READY) ## every test, on PostgreSQL too where TEST_DATABASE_URL is set; with SLOW=1 long loops and repetitions in full
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses=auto --dist=worksteal

check: $(READY) ## format, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(READY) ## the benchmarks, as ratios
	@$(BIN)/python -m tests.bench

format: $(READY) ## put everything into shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## the locked versions anew, with hashes and without addresses (needs uv)
	@uv pip compile --quiet --generate-hashes --universal --no-header --no-annotate --python-version 3.11 \
		--extra postgres pyproject.toml --output-file requirements.txt
	@uv pip compile --quiet --generate-hashes --universal --no-header --no-annotate --python-version 3.11 \
		--extra postgres --extra dev pyproject.toml --output-file requirements-dev.txt

$(READY): requirements-dev.txt pyproject.toml
	@echo "setting up .venv (once, about a minute)"
	@$(PYTHON) -m venv --upgrade-deps .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

$(RUNS): requirements.txt
	@echo "setting up .venv (once, about half a minute)"
	@$(PYTHON) -m venv --upgrade-deps .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $(RUNS)

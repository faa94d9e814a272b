# Each target sets up what it needs, in .venv, and again only when tests/requirements changes. Checks and tests are the
# sessions of noxfile.py.
PYTHON ?= python3
CORE ?=
ARGS ?=
SESSIONS = @$(PYTHON) tests/tools/sessions.py
DEMO = @$(PYTHON) tests/tools/environments.py

.DEFAULT_GOAL := help
.PHONY: help demo emulator picture test test-all benchmark stress chaos sanity docs changelog release lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Arguments go in ARGS, e.g. make test ARGS="-k endpoint"; another Python in PYTHON=python3.12,'
	@echo 'another ansible-core for make test in CORE=2.19'

demo: ## Run the playbooks of docs/examples against an emulator; no account needed
	@$(PYTHON) tests/tools/demo.py $(ARGS)

emulator: ## Run the emulator in the foreground; it prints what to export
	$(DEMO) scaleway-inference-emulator $(ARGS)

picture: ## Run the playbook of the README's picture on an emulator, and draw it again
	$(DEMO) python tests/tools/picture.py $(ARGS)

test: ## Run the tests, on the newest ansible-core that this Python runs, or on CORE
	$(SESSIONS) test $(CORE) -- $(ARGS)

test-all: ## Run the tests on every ansible-core that is supported, and the slow ones on the newest
	$(SESSIONS) test-all -- $(ARGS)

benchmark: ## Measure what the collection costs, as ratios, and fail if one is worse than the baseline's
	$(SESSIONS) benchmark -- $(ARGS)

stress: ## Run many playbooks at once, or kill them and run them again (ARGS="kills"), and check what they leave
	$(DEMO) python tests/stress/run.py $(or $(ARGS),runs)

chaos: ## Play random tasks against spoilt answers, and check every promise after each
	$(DEMO) python tests/chaos/run.py $(ARGS)

sanity: ## Run every other check, or the sessions in ARGS, e.g. ARGS="codeqa typing"
	$(SESSIONS) sanity $(ARGS)

docs: ## Build the documentation site into .venv/docs/html
	$(SESSIONS) docs -- $(ARGS)

changelog: ## Write CHANGELOG.rst again from changelogs/changelog.yaml
	$(SESSIONS) changelog -- generate $(ARGS)

release: ## Prepare the release VERSION: set it, write its changelog, build and check the archive
	@$(PYTHON) tests/tools/release.py $(VERSION)

lock: ## Pin the newest packages that tests/requirements/*.in allow
	$(SESSIONS) lock -- $(ARGS)

clean: ## Remove all that these targets made
	rm -rf .venv .ansible tests/output .pytest_cache .mypy_cache .ruff_cache .hypothesis

.DEFAULT_GOAL := help

help: ## Say what there is to do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

up: .venv/up.stamp ## Start the whole platform; Ctrl-C stops it
	@exec bin/serai up

test: .venv/dev.stamp ## Run every check there is
	@scripts/check all

lint: .venv/dev.stamp ## Lints, layers, types
	@scripts/check lint

check: .venv/dev.stamp ## Lints, and the tests of what differs from the last commit (SINCE=main)
	@scripts/check touched $${SINCE:-HEAD}

bench: .venv/dev.stamp ## Measure, as ratios to the bare thing in the same run
	@.venv/bin/python -m bench

soak: .venv/dev.stamp ## The long tests whole, and ten times the random lives and races of billing
	@SERAI_SOAK=$${SERAI_SOAK:-10} SERAI_SOAK_SEED=$${SERAI_SOAK_SEED:-$$(date +%s)} .venv/bin/pytest -n 2 --timeout 3600 tests/integration/modules/billing/test_model.py tests/integration/modules/billing/test_races.py tests/crash/test_renewals.py

lock: .venv/up.stamp ## Resolve the dependencies anew and write the lock files
	@scripts/lock

clean: ## Stop what runs and delete all state
	@if [ -x .venv/bin/serai ]; then bin/serai clean; else rm -rf "$$(readlink -f .serai)" .serai; fi

.venv/up.stamp: requirements.lock pyproject.toml scripts/setup
	@scripts/setup up

.venv/dev.stamp: requirements-dev.lock requirements.lock pyproject.toml scripts/setup
	@scripts/setup dev

.PHONY: help up test check lint bench soak lock clean

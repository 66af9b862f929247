# `make demo` and `make test` need git, make, Python 3.10 or newer and Java 17 or 21; they
# find or fetch everything else, and say so. `make` alone lists what there is.

TOOLCHAIN := tools/python.sh tools/toolchain.py
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder
# The laptop runtime, a distribution of its own.
RUNTIME := 'template/{{.project_name}}/vendor/localrun'
# Where all that is made here is put: BUILD=folder for another place.
BUILD := build
# With the uv that was found or fetched here.
IN_DEMO := $(MAKE) --no-print-directory -C $(BUILD)/demo UV="$$($(TOOLCHAIN) uv)"

# Which sample is shown: retail, orders or online_sales.
SAMPLE := retail
RENDER = $(PYTHON) tools/render.py --quiet --config tools/demo/$(SAMPLE).json
RENDER_RETAIL = $(PYTHON) tools/render.py --quiet --config tools/demo/retail.json
# As a bundle has: this one ignores all that lies in build/, and so would the CLI.
OWN_REPOSITORY := git init --quiet --initial-branch main

.PHONY: help demo workspace promote-demo test test-nightly lint format render release-files setup lock clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: setup ## a sample in build/demo, rendered and run twice: SAMPLE=orders or online_sales
	@test -f tools/demo/$(SAMPLE).json || { \
	  echo "SAMPLE=$(SAMPLE) is not a sample: write retail, orders or online_sales"; exit 2; }
	@rm -rf $(BUILD)/demo
	@$(RENDER) --out $(BUILD)
	@$(OWN_REPOSITORY) $(BUILD)/demo
	@$(IN_DEMO) setup
	@cd $(BUILD)/demo && PYTHONPATH=. .venv/bin/python $(CURDIR)/tools/demo/run.py
	@printf '%s\n' "" "All of it lies in $(BUILD)/demo:" \
	  "  .local/landing    the files that were generated, a folder a source" \
	  "  .local/warehouse  the tables; to query them: .venv/bin/localrun sql 'SELECT …'" \
	  "  contract          what the data is: change a rule, then make run ARGS=--full-refresh-all"

workspace: setup ## a workspace on this machine, to deploy the retail sample into and run it
	@test -d $(BUILD)/demo || { $(RENDER_RETAIL) --out $(BUILD) && $(OWN_REPOSITORY) $(BUILD)/demo; }
	@$(PYTHON) tools/workspace.py $(BUILD)/demo --folder $(BUILD)/workspace

promote-demo: setup ## dev, validation, production; then bad rows stop the next promotion
	@rm -rf $(BUILD)/promotion
	@$(RENDER_RETAIL) --out $(BUILD)/promotion
	@$(OWN_REPOSITORY) $(BUILD)/promotion/demo
	@$(PYTHON) tools/promote.py $(BUILD)/promotion/demo --folder $(BUILD)/promotion/workspace

test: setup ## all tests but the nightly ones, in about an hour; ARGS="-m 'not slow'": the quick ones
	@$(TOOLCHAIN) fake-workspace > /dev/null
	$(PYTEST) -m "not nightly" $(ARGS)

test-nightly: setup ## the longest tests: formats and roles, samples, kills, promotion, ledgers
	@$(TOOLCHAIN) fake-workspace > /dev/null
	$(PYTEST) -m nightly $(ARGS)

lint: setup ## ruff, mypy, yamllint and shellcheck on what is written by hand
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	@cd $(RUNTIME) && $(CURDIR)/$(PYTHON) -m mypy --cache-dir $(CURDIR)/.mypy_cache
	.venv/bin/yamllint --strict .
	.venv/bin/shellcheck bin/databricks tools/python.sh .ci/run

format: setup ## let ruff format Python
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

render: ## make render CONFIG=answers.json OUT=folder: a project, offline
	@test -n "$(OUT)" || { echo "it is: make render CONFIG=answers.json OUT=folder"; exit 2; }
	@$(MAKE) --no-print-directory setup
	@$(PYTHON) tools/render.py $(if $(CONFIG),--config $(CONFIG)) --out $(OUT)

release-files: setup ## make release-files TAG=v0.1.0: what a release of that tag holds
	@$(PYTHON) tools/release.py "$(TAG)" --out $(BUILD)/release

setup: ## find or fetch uv, Python packages and the CLI; check Java
	@$(TOOLCHAIN) setup

lock: ## renew requirements.lock and tools/locks from library/versions.tmpl
	@$(TOOLCHAIN) lock

clean: ## remove what was built here; what is cached for all checkouts stays
	rm -rf build .tools .venv

# What a person types. The two front doors set up all that they need: `make demo`, `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-setup coverage rules prove-rules bench audit chaos denial hostile fuzz crawl launches accessibility screenshots check check-style check-types format messages migration pins docs venv

BIN := .venv/bin
# The environment is made anew when a pin or the project's description changes, and only then.
DESCRIPTION := { cat requirements/test.txt; sed '/^\[tool/,$$d' pyproject.toml; }
STAMP := .venv/installed-$(shell $(DESCRIPTION) | sha256sum | cut -c1-16)
PYTHON_CODE := lti_app plugins migrations tests docs benchmarks wsgi.py gunicorn.conf.py
TEMPLATES := templates $(wildcard plugins/*/templates) lti_app/mail/templates \
    lti_app/testing/sandbox/templates

help: ## Show what there is.
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: venv ## The tool, a worker and a sandbox LMS; ONCE=1 walks through by itself.
	@$(BIN)/throughline demo $(if $(ONCE),--once) $(if $(BREAK),--break $(BREAK))

test: venv ## Everything that CI runs.
	@$(MAKE) --no-print-directory -j2 test-setup check
	@$(BIN)/pytest -n 2 --dist loadgroup

# Apart from `make test`, which it would make half as long again.
coverage: test-setup ## Run everything once more and say which lines no test runs; fails below 95 %.
	@$(BIN)/pytest -q -n 2 --dist loadgroup --cov --cov-report=term:skip-covered

test-setup: venv ## Install and start what the tests need (PostgreSQL, Chromium, Firefox).
	@.ci/test-setup

chaos: test-setup ## Break everything while grades are earned, and count them; SHORT=1 SEED= LMS= DATABASE=
	@$(BIN)/python -m lti_app.testing.chaos $(if $(SHORT),--short) $(if $(SEED),--seed $(SEED)) \
	    $(if $(LMS),--lms $(LMS)) $(if $(DATABASE),--database $(DATABASE))

launches: test-setup ## Launch 200 times in one browser, more than it keeps cookies for.
	@LONG=1 $(BIN)/pytest -q tests/browser/test_journeys.py -k newest_hundred

accessibility: test-setup ## Let axe look at two pages of each kind, for everybody who uses the tool.
	@LONG=1 $(BIN)/pytest -q -n 2 tests/browser -k "pages_of or room_of or axe"

# No login goes before what services answer: there is nothing to start anew in between.
# Three at a time on two processors: attacks wait more than they compute.
hostile: test-setup ## Attack the tool as it is operated, in some 1,000 ways; DATABASE=sqlite RESTART=1
	@HOSTILE=1 DATABASE=$(DATABASE) RESTART=$(RESTART) $(BIN)/pytest -q -n 3 --dist loadgroup \
	    tests/hostile/test_attacks.py $(if $(RESTART),,tests/hostile/test_services.py)

fuzz: test-setup ## Send anything at all in claims, answers of services and every form; DATABASE=sqlite
	@HOSTILE=1 DATABASE=$(DATABASE) $(BIN)/pytest -q -n 2 tests/hostile -k test_any

denial: test-setup ## Let 200 people in while 10,000 requests a minute fail beside them; takes minutes.
	@DENIAL=1 $(BIN)/pytest -q -s tests/denial

# A pin that could not be asked about fails, too. Apart from `make test`: it needs the network.
audit: venv ## Ask the package index which pins have a known hole.
	@scratch=$$(mktemp -d); trap 'rm -r "$$scratch"' EXIT; \
	python3 -m venv "$$scratch"; \
	"$$scratch/bin/pip" install --quiet --require-hashes -r requirements/audit.txt; \
	"$$scratch/bin/pip-audit" --strict --require-hashes --disable-pip --progress-spinner off \
	    -r requirements/test.txt

crawl: test-setup ## Let everybody ask for every address, and send nonsense there; takes minutes.
	@LONG=1 $(BIN)/pytest -q tests/functional/privacy/test_crawl.py

screenshots: test-setup ## Make the pictures of the documents anew, in a real browser.
	@KEEP_PICTURES=1 $(BIN)/pytest -q tests/browser -k picture

rules: test-setup ## Run the proofs of the LTI rules, and write them into the page of the rules.
	@$(BIN)/pytest -q -n 2 --dist loadgroup --prove tests

prove-rules: test-setup ## Break one LTI rule after the other in a copy, and see that a test notices.
	@$(BIN)/python -m tests.prove $(RULES)

bench: test-setup ## How fast grades leave, beside how fast they could; takes minutes.
	@$(BIN)/python -m benchmarks

check: check-style check-types ## Format, style, types, layers and templates, without running anything.

# Apart, so that `make -j2 check` does both at once.
check-style: venv
	$(BIN)/ruff format --check --quiet $(PYTHON_CODE)
	$(BIN)/ruff check --quiet $(PYTHON_CODE)
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --quiet --check --lint $(TEMPLATES)

check-types: venv
	$(BIN)/mypy

format: venv ## Put code and templates into shape.
	$(BIN)/ruff check --quiet --fix $(PYTHON_CODE) || true
	$(BIN)/ruff format --quiet $(PYTHON_CODE)
	$(BIN)/djlint --quiet --reformat $(TEMPLATES) || true

messages: venv ## Collect the sentences to translate into messages.pot.
	@$(BIN)/pybabel -q extract -F lti_app/translations/extract.toml -k lazy_gettext \
	    --add-location=file -o messages.pot .

migration: venv ## Write a step from the models: MESSAGE="add pairs to mentoring".
	@test -n "$(MESSAGE)" || { echo 'say MESSAGE="what it does"'; exit 2; }
	@scratch=$$(mktemp -d); trap 'rm -r "$$scratch"' EXIT; \
	export THROUGHLINE_DATABASE_URL="sqlite:///$$scratch/models.sqlite3"; \
	$(BIN)/alembic upgrade head; \
	$(BIN)/alembic revision --autogenerate --rev-id "$$(date -u +%Y%m%d_%H%M)" -m "$(MESSAGE)"

docs: venv ## Write the pages of docs that are made from the code.
	@$(BIN)/python -m docs.generate

pins: venv ## Choose the newest versions that fit pyproject.toml (needs uv).
	uv pip compile --quiet --upgrade --universal --generate-hashes pyproject.toml \
	    -o requirements/app.txt
	uv pip compile --quiet --upgrade --universal --generate-hashes --extra test pyproject.toml \
	    -o requirements/test.txt
	uv pip compile --quiet --upgrade --universal --generate-hashes requirements/audit.in \
	    -o requirements/audit.txt

venv: $(STAMP)

$(STAMP):
	@.ci/make-venv $@

# The one door. Each target is a script of the same meaning in scripts/, so that nothing here needs make's quoting.
# `make` shows what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

##@ From nothing

.PHONY: demo
demo: ## Set up, start everything, trim three clips for a Python producer, show what came back
	@scripts/demo

.PHONY: test
test: ## Set up and run all tests; FILTER='name or regex' runs some
	@scripts/test $(if $(FILTER),--filter '$(FILTER)')

.PHONY: setup
setup: ## Install what is missing (Debian and Python packages) and build the release binary
	@scripts/setup

##@ Develop

.PHONY: build
build: ## Build the release binary, .build/release/swiftworker
	@scripts/build release

.PHONY: test-unit
test-unit: ## Run the tests that need no server; FILTER=… runs some
	@scripts/test --unit $(if $(FILTER),--filter '$(FILTER)')

.PHONY: test-brokers
test-brokers: ## Run all tests on each RabbitMQ of SWIFTWORKER_BROKERS, with classic and quorum queues; see scripts/test-brokers
	@scripts/test-brokers $(if $(FILTER),-- --filter '$(FILTER)')

.PHONY: conformance
conformance: ## Run Celery's own integration tests against this worker, and say what passed, failed and does not apply
	@scripts/conformance

.PHONY: test-flower
test-flower: ## Let a headless browser click through Flower, a Swift and a Python worker behind it
	@scripts/test-flower

.PHONY: lint
lint: ## Check format, length of files, imports of C, shell scripts, files for operators
	@scripts/setup packages
	@scripts/setup lint
	@scripts/lint

.PHONY: format
format: ## Rewrite the Swift files in the house's format
	@scripts/lint --format

.PHONY: sanitize
sanitize: ## Run unit and integration tests with the address and the thread sanitizer
	@scripts/sanitize

.PHONY: bench
bench: ## Measure beside Celery and a bare librabbitmq consumer
	@scripts/setup && scripts/build proof && scripts/with-services Benchmarks/run.sh

.PHONY: bench-scaling
bench-scaling: ## Measure what workers of each pool and size cost: the tables of docs/scaling.md
	@scripts/setup && scripts/build proof && scripts/with-services Benchmarks/run.sh scaling

.PHONY: chaos
chaos: ## Restart the broker, cut connections and kill workers, and count what was lost
	@scripts/setup && scripts/build proof && Tests/Chaos/run

##@ Services: a private RabbitMQ and PostgreSQL, data under .run/

.PHONY: services services-stop services-status services-reset
services: ## Start them
	@scripts/services start

services-stop: ## Stop them
	@scripts/services stop

services-status: ## Say whether and where they run
	@scripts/services status

services-reset: ## Stop them and delete their data
	@scripts/services reset

##@ Workers: those of config/swiftworker.yaml; logs and pid files in logs/

.PHONY: celery-all celery-cpu celery-async celery-maintenance
celery-all: ## Start all workers
	@scripts/workers start

celery-cpu: ## Start the worker of processing_cpu: 3 processes
	@scripts/workers start cpu

celery-async: ## Start the worker of async_operations: 20 threads
	@scripts/workers start async

celery-maintenance: ## Start the worker of maintenance: 1 process
	@scripts/workers start maintenance

.PHONY: celery-status celery-stop celery-restart celery-purge logs
celery-status: ## Say which workers run and what waits in the queues
	@scripts/workers status

celery-stop: ## Stop the workers; running tasks finish, for STOP_TIMEOUT=120 seconds at most, then they are cut off
	@scripts/workers stop

celery-restart: ## Stop the workers, each as soon as its tasks are done, and start them again
	@scripts/workers restart

celery-purge: ## Delete every waiting task; asks first, unless FORCE=1
	@scripts/workers purge

logs: ## Follow the workers' logs
	@scripts/workers logs

.PHONY: flower
flower: ## Run Flower on 127.0.0.1 for the private broker or FLOWER_BROKER; APP=module: your tasks
	@scripts/flower $(if $(APP),-A '$(APP)')

##@ Housekeeping

.PHONY: clean
clean: ## Stop everything and delete what was built, installed and stored (.build*, .run, logs)
	@scripts/clean

.PHONY: help
help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

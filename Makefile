# `make` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help demo demo-stop test bench fuzz coverage simulate bodies engines hostile sanitize mutants chaos soak kills figures build
.PHONY: release static image image-scratch image-compose deb sbom release-files check-release shipping-test reproduce
.PHONY: lint format rule-pages settings-page clean

# Our own modules treat warnings as errors here. `release` and `demo` do not, because a newer compiler may warn
# about more.
strict := LOOKOUT_STRICT=1

# For tests that need a process of their own.
alone := ALONE=1 SWIFT_DETERMINISTIC_HASHING=1 $(strict) swift test --skip-build --disable-xctest

swift_paths := Package.swift Sources Tests examples Benchmarks Fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## watch an agent dial out and carry docker commands (KEEP=1 leaves it running)
	@scripts/dev/demo $(if $(KEEP),keep,run)

demo-stop: ## stop what `make demo KEEP=1` left running
	@scripts/dev/demo stop

test: ## format check, strict build, unit and end-to-end tests: TEST="STEP..." (all; scripts/dev/test lists them)
	@scripts/dev/packages build engine network browser lint
	@$(MAKE) --no-print-directory lint
	$(strict) swift build --build-tests
	@scripts/dev/test $(TEST)

bench: ## measure the optimised build; BENCH=--quick only checks that it works
	@scripts/dev/packages build
	@scripts/dev/bench $(BENCH)

fuzz: ## feed every parser arbitrary bytes: FUZZ="SECONDS TARGET..." (60 s for each)
	@scripts/dev/packages build
	@scripts/prove/fuzz $(FUZZ)

bodies: ## compare what the agent and a real engine read in random bodies of creations: BODIES="COUNT" (2000)
	@scripts/dev/packages build engine network
	$(strict) swift build --build-tests
	BODIES=$(or $(BODIES),2000) scripts/dev/engine run swift test --skip-build --disable-xctest \
		--filter '^EndToEnd\.EndToEnd/CreateBodyTests'

engines: ## run the end-to-end tests on the Docker and the Podman of Debian 12 and 13: ENGINES="ENGINE..." (all)
	@scripts/dev/packages build engine network shipping
	$(strict) swift build --build-tests
	@scripts/prove/engines $(ENGINES)

simulate: ## run the agent in simulated worlds, on a virtual clock, three times as long as `make test`
	@scripts/dev/packages build
	$(strict) swift build --build-tests
	SIMULATION_SCALE=$${SIMULATION_SCALE:-3} $(alone) --filter SimulationTests

hostile: ## attack the built program as clients, controllers and engines do; RELEASE=1 attacks the optimised build
	@scripts/dev/packages build
	$(strict) swift build --build-tests
	@$(if $(RELEASE),scripts/ship/build optimised lookout)
	@$(if $(RELEASE),HOSTILE_PROGRAM=.build/release/lookout) scripts/dev/test hostile; status=$$?; \
		grep -h '^hostile: ' .build/test/hostile.log; exit $$status

coverage: ## measure which lines the tests reach, module by module
	@scripts/dev/packages build engine network
	@scripts/prove/instrumented coverage

sanitize: ## run the tests under the thread and the address sanitizer
	@scripts/dev/packages build engine
	@scripts/prove/instrumented thread
	@scripts/prove/instrumented address

mutants: ## plant faults one by one and check whether the unit tests notice: MUTANTS="COUNT SEED"
	@scripts/dev/packages build
	@scripts/prove/mutants $(MUTANTS)

chaos: ## break network, controller, engine, disks and clock under a working agent: CHAOS="SCENARIO..." (all)
	@scripts/dev/packages build engine network
	@scripts/ship/build optimised lookout edge-controller
	@scripts/prove/chaos $(CHAOS)

soak: ## run for MINUTES (60) while things break; fails on a leak or a wrong answer
	@scripts/dev/packages build engine network
	@scripts/ship/build optimised lookout edge-controller
	@scripts/prove/soak $(if $(MINUTES),$(MINUTES),60)

kills: ## kill the controller 1000 times and the engine 200 times under load: KILLS="CONTROLLER ENGINE"
	@scripts/dev/packages build engine network
	@scripts/ship/build optimised lookout edge-controller
	@scripts/prove/kills $(KILLS)

figures: ## measure memory, descriptors, and what an idle connection costs
	@scripts/dev/packages build engine network
	@scripts/ship/build optimised lookout edge-controller
	@scripts/prove/figures

rule-pages: ## generate docs/rules from the rules
	@scripts/dev/packages build
	$(strict) swift build --build-tests
	WRITE_RULE_PAGES=1 $(strict) swift test --skip-build --disable-xctest --filter 'RulePageTests/.*IsGenerated'

settings-page: ## generate the tables of docs/configuration.md from the settings
	@scripts/dev/packages build
	$(strict) swift build --build-tests
	WRITE_SETTINGS_PAGE=1 $(strict) swift test --skip-build --disable-xctest --filter 'SettingsPageTests/theTablesAreGenerated'

build: ## debug build, warnings are errors
	@scripts/dev/packages build
	$(strict) swift build

release: ## optimised build: .build/release/lookout
	@scripts/dev/packages build
	@scripts/ship/build optimised lookout

static: ## one static, stripped file that runs on any Linux: .build/static/lookout
	@scripts/dev/packages build
	@scripts/ship/build static

image-scratch: static ## image from scratch as a tar for `docker load`, made without a network: .build/image/lookout.tar
	@scripts/ship/image .build/static/lookout .build/image/lookout.tar

image-compose: static ## the same with the docker command and its compose plugin: .build/image/lookout-compose.tar
	@scripts/dev/packages client
	@scripts/ship/image --compose .build/static/lookout .build/image/lookout-compose.tar

deb: static ## Debian package in .build/deb
	@scripts/ship/pack deb .build/static/lookout

sbom: static ## bill of materials of the static file: .build/lookout.cdx.json
	@scripts/ship/sbom .build/static/lookout > .build/lookout.cdx.json

release-files: static ## archive, package, images, bill of materials and checksums in .build/release-files
	@scripts/dev/packages client shipping
	@scripts/ship/release .build/static/lookout

check-release: ## check scripts, workflows and units, and the package where there is a static file
	@scripts/dev/packages build lint shipping
	@scripts/ship/check-release $(wildcard .build/static/lookout)

shipping-test: static ## install, upgrade and remove in a booted Debian; run in minimal systems and as images (needs root)
	@scripts/dev/packages build engine network shipping
	@scripts/ship/build optimised edge-controller
	@scripts/ship/install-test .build/static/lookout .build/release/edge-controller
	@scripts/ship/rooms .build/static/lookout .build/release/edge-controller
	@scripts/ship/image-test .build/static/lookout .build/release/edge-controller

reproduce: ## build the static file and the release files twice, in two clones, and compare
	@scripts/dev/packages build client
	@scripts/ship/reproduce

image: release ## container image lookout:latest
	@mkdir -p .build/image
	@strip -o .build/image/lookout .build/release/lookout
	docker build --tag lookout:latest --file examples/edge/Dockerfile .build/image

lint: ## check the formatting, and the shell scripts where shellcheck is installed
	swift format lint --strict --recursive $(swift_paths)
	@if command -v shellcheck >/dev/null; then shellcheck $$(grep -rlE '^#.*(/sh|shell=sh)$$' scripts packaging/deb .ci/run); else echo "lint: no shellcheck here, the scripts are not checked"; fi

format: ## format the Swift sources in place
	swift format --in-place --recursive $(swift_paths)

clean: ## stop the demo and the private engine, delete all build products
	@scripts/dev/demo stop
	@scripts/dev/engine stop
	rm -rf .build

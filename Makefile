# Every target is a script that also runs alone; see README.md.

.PHONY: help run test build install deb rpm repo package-test vm-test bench fmt lint deps

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

run: ## build, and start a private network that makes blocks: NODES=1
	@scripts/run.sh $(if $(NODES),--nodes '$(NODES)')

test: ## run every check: format, lints, tests, replays
	@scripts/test.sh

build: ## build the daemons in release
	@scripts/build.sh

install: ## put what was built into the system: DESTDIR=, PREFIX=/usr
	@DESTDIR='$(DESTDIR)' PREFIX='$(or $(PREFIX),/usr)' scripts/install.sh

bench: ## run the benchmarks
	@scripts/bench.sh

fmt: ## format the sources
	@scripts/fmt.sh

lint: ## check the format and the lints
	@scripts/lint.sh

deps: ## install the Debian packages that are missing
	@scripts/install-deps.sh

deb: ## make the Debian packages
	@scripts/deb.sh

rpm: ## make the RPM packages
	@scripts/rpm.sh

repo: ## make signed repositories of the packages, for apt and dnf
	@scripts/repo.sh

package-test: ## install the packages in containers, and try what they are for
	@tests/packages/run.sh

vm-test: ## install the packages in a virtual machine, and restart it
	@tests/packages/vm.sh

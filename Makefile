# SPDX-License-Identifier: GPL-2.0
#
# What a person types. The kernel's own build system does the work: for every
# kernel the sources are copied to build/<KVER>/ and kbuild runs there, so that
# two kernels never disturb each other and nothing is generated among the
# sources. A line "target: ## text" is what `make help` prints.
#
# Variables:  KVER=6.1.0-9-amd64   another kernel than the running one
#             KDIR=/path           its build directory, where KVER has none
#             W=1 C=2 V=1 ...      go to kbuild as they are
#             WERROR=1             warnings are errors (our checks say so)
#             TESTS=1              the test fixtures too (tools/testing/{mockpci,hostile,overlay,ptguard,mbox})
#             BUILD_IN=/path       another place than build/<KVER>

SHELL       := /bin/bash
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := modules

# Found once, and only by the targets that need a kernel.
kernel  = $(eval kernel := $$(shell scripts/find-kernel.sh '$(KVER)' '$(KDIR)'))$(kernel)
kver    = $(word 1,$(kernel))
kdir    = $(word 2,$(kernel))
build   = $(or $(BUILD_IN),$(CURDIR)/build/$(kver))

# Our checks turn a section mismatch into an error as well; a user's build must
# not stop for what a newer compiler has to say.
strict  = $(if $(filter 1,$(WERROR)),CONFIG_SECTION_MISMATCH_WARN_ONLY=)
# Without the kernel's vmlinux, which headers come without, there is no BTF to make, and
# kbuild would say so for each module. Nor does it matter then which pahole is here.
no_btf  = $(if $(wildcard $(kdir)/vmlinux),,CONFIG_DEBUG_INFO_BTF_MODULES= PAHOLE_VERSION=$(pahole))
pahole  = $(shell sed -n 's/^CONFIG_PAHOLE_VERSION=//p' $(kdir)/include/config/auto.conf)
kbuild  = $(MAKE) -C $(kdir) M=$(build) $(strict) $(no_btf)
kconfig = scripts/kconfig.sh $(kdir) $(build)

checks  := tools/testing
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

##@ Build

modules: prepared ## Build the modules for the running kernel, KVER= or KDIR=
	+@$(kbuild) modules

clean: ## Remove everything that was built (build/); the caches stay
	rm -rf build

olddefconfig: synced ## Give every new configuration option its default
	@$(kconfig) olddefconfig

menuconfig: synced ## Edit the configuration (in questions where there is no menu)
	@$(kconfig) menuconfig

vm-modules: ## Build the modules for the kernels of the test machines
	+@scripts/vm-modules.sh

##@ Install

install: modules ## Install the modules to updates/, and what loads them at boot
	+@scripts/install.sh install $(kver) $(kdir) $(build)

uninstall: ## Take out what install put in, for all kernels or for KVER=
	@scripts/install.sh uninstall $(KVER)

dkms-install: ## Install with DKMS, which follows kernel updates; for all kernels or for KVER=
	@scripts/dkms.sh install $(KVER)

dkms-remove: ## Take out what dkms-install put in, its sources included
	@scripts/dkms.sh remove

##@ Show and check

demo: ## Give a NIC and a disk to a Xen guest, in one command
	@$(checks)/vm/demo.sh

check: ## Run every test once: lint, unit, machines; an hour to an hour and a half
	@$(checks)/check.sh

check-all: ## Run every suite on every kernel and hypervisor (suites.tab); hours
	@$(checks)/check.sh --all

check-changed: ## Run what the changed files can reach; BASE=commit to compare with
	@$(checks)/check.sh --changed $(BASE)

check-stock: ## Run the machine tests on the in-tree driver, as a control
	@$(checks)/check.sh --driver stock

check-debug: ## Run suites on a kernel with KASAN and lockdep; built once, about an hour
	@$(checks)/check.sh --debug

check-next: ## Build for the newest headers that Debian has, sid and experimental included
	@$(checks)/next.sh

selftests-install: ## Install the kselftests to INSTALL_PATH= (build/kselftest_install)
	+@$(MAKE) -s -C $(checks)/selftests install $(if $(INSTALL_PATH),INSTALL_PATH=$(abspath $(INSTALL_PATH)))
	@echo "now, as root: $(or $(INSTALL_PATH),build/kselftest_install)/run_kselftest.sh -c pciback-ng"

bench: ## Compare with the in-tree drivers, and the mailbox with its goals; PART=mbox
	+@scripts/vm-modules.sh
	@$(checks)/bench/bench.sh $(or $(ALIAS),6.1) $(PART)

lint: ## Run the static checks; JOBS="sparse cocci" picks some
	@$(checks)/lint/lint.sh $(JOBS)

unit: ## Test the pure logic (*_core.c) on this host; T=seconds to fuzz (5)
	+@$(MAKE) -C $(checks)/unit run

fuzz: ## Feed any bytes to the pure logic, T=seconds for each fuzzer (60)
	+@$(MAKE) -C $(checks)/unit fuzz

mutate: ## Break the pure logic in every small way: N=some, CORES=names
	@$(checks)/mutate/mutate.py $(addprefix --count=,$(N)) $(addprefix --seed=,$(SEED)) $(CORES)

vm-xen: vm-ready ## Open a shell in a Xen machine with the driver in it; ALIAS=6.12
	@$(checks)/vm/run.sh --shell xen $(or $(ALIAS),6.1)

vm-native: vm-ready ## Open a shell in a native machine with the driver in it; ALIAS=6.12
	@$(checks)/vm/run.sh --shell native $(or $(ALIAS),6.1)

help: ## Show this list
	@echo "pciback-ng $(VERSION): make TARGET [KVER=version] [KDIR=dir]"
	@awk -F ':.*## ' '/^##@ /{print "\n" substr($$0, 5) ":"} \
		/^[a-z-]+:.*## /{printf "  %-17s %s\n", $$1, $$2}' Makefile

# Steps of the above, not for the command line.

dkms-build:
	+@scripts/dkms.sh build $(kver) $(kdir) $(build)

vm-ready:
	+@tools/deps.sh vm && scripts/vm-modules.sh

synced:
	@scripts/sync.sh $(if $(kver),$(build),'')

prepared: synced
	+@$(kconfig) syncconfig
	+@compat/probe.sh $(kdir) $(build)

.PHONY: modules clean olddefconfig menuconfig vm-modules install uninstall \
	dkms-install dkms-remove dkms-build \
	demo check check-all check-changed check-stock check-debug check-next selftests-install \
	bench lint unit fuzz mutate vm-xen vm-native vm-ready help synced prepared

# SPDX-License-Identifier: GPL-2.0
#
# Shared by the Makefiles of the folders with suites, each of which includes it last:
#
#   PROGRAMS       C programs that their suites run, built from passthrough-lib/NAME.c
#   TREE_PROGRAMS  the same, built from sources of the modules as well. Suites that need
#                  one are skipped where those sources are not found.
#
# It includes the kernel's ../lib.mk, that of Linux 6.9 or newer: TEST_INCLUDES came then.

LIB := ../passthrough-lib

# The tree with the sources of the modules. It is the one that these folders are in, be it
# the modules' own or a kernel's that the modules were added to.
PASSTHROUGH_SRC ?= $(abspath ../../../..)
have_sources := $(wildcard $(PASSTHROUGH_SRC)/include/uapi/linux/sriov_mbox.h)

# Xenstore and orders to guests, for xen.sh.
PROGRAMS += xs

TEST_INCLUDES := $(sort $(wildcard $(LIB)/*.sh $(LIB)/*.py))
TEST_GEN_FILES += $(PROGRAMS) $(if $(have_sources),$(TREE_PROGRAMS))

CFLAGS += -O2 -std=gnu11 -Wall -Wextra

include ../lib.mk

ifndef INSTALL_INCLUDES
$(error the kernel's lib.mk is older than Linux 6.9 and cannot install $(LIB))
endif

headers := $(wildcard $(LIB)/*.h)

define program
	$(call msg,CC,,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(INCLUDES) -o $@ $(filter %.c,$^) $(LDLIBS)
endef

# Programs whose sources are in passthrough-lib, some with more than one.
$(addprefix $(OUTPUT)/,$(PROGRAMS)): $(OUTPUT)/%: $(LIB)/%.c $(headers)
	$(program)

$(OUTPUT)/vfio: $(LIB)/vfio_edu.c

# The oracle shares the tables of pciback-ng; for its cards there are no config quirks.
oracle := $(PASSTHROUGH_SRC)/tools/testing/oracle
pciback := $(PASSTHROUGH_SRC)/drivers/pciback-ng

$(OUTPUT)/oracle: INCLUDES := -I$(PASSTHROUGH_SRC)/compat -I$(pciback)
$(OUTPUT)/oracle: $(wildcard $(oracle)/*.c) \
		$(filter-out $(pciback)/config_quirk%,$(wildcard $(pciback)/config*_core.c)) \
		$(wildcard $(oracle)/*.h $(pciback)/*.h)
	$(program)

# vmbox_* that are a VF or an agent of a PF share the ring with sriov-mbox (vmbox.h).
mbox := $(PASSTHROUGH_SRC)/drivers/sriov-mbox
uapi := $(wildcard $(PASSTHROUGH_SRC)/include/uapi/linux/*.h)
on_the_ring := vmbox_tool vmbox_bench vmbox_steps vmbox_million vmbox_disrupt vmbox_hostile
by_the_abi := mbox_config vmbox_abi vmbox_guest vmbox_ping

$(addprefix $(OUTPUT)/,$(on_the_ring)): INCLUDES := -I$(PASSTHROUGH_SRC)/compat \
	-I$(PASSTHROUGH_SRC)/include -I$(PASSTHROUGH_SRC)/include/uapi -I$(mbox)
$(addprefix $(OUTPUT)/,$(on_the_ring)): $(OUTPUT)/%: $(LIB)/%.c $(LIB)/vmbox.c \
		$(mbox)/ring_core.c $(mbox)/ring_core.h $(headers) $(uapi)
	$(program)

$(addprefix $(OUTPUT)/,$(by_the_abi)): INCLUDES := -I$(PASSTHROUGH_SRC)/include/uapi
$(addprefix $(OUTPUT)/,$(by_the_abi)): $(OUTPUT)/%: $(LIB)/%.c $(headers) $(uapi)
	$(program)

# The sample is built as its own Makefile does it, with headers that are not installed.
samples := $(PASSTHROUGH_SRC)/samples/sriov-mbox

$(OUTPUT)/sample_agent: INCLUDES := -I$(PASSTHROUGH_SRC)/include/uapi
$(OUTPUT)/sample_agent: $(samples)/sample_agent.c $(samples)/sample.h $(uapi)
	$(program)

ifeq ($(have_sources),)
ifneq ($(TREE_PROGRAMS),)
all: not_built
not_built:
	@echo "  not built, no sources in PASSTHROUGH_SRC=$(PASSTHROUGH_SRC): $(TREE_PROGRAMS)" >&2
.PHONY: not_built
endif
endif

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Find out what a kernel offers, by compiling: writes BUILD/compat/generated/kfeatures.h.
#
#   probe.sh KDIR BUILD
#
# Distributions carry features from one kernel version to another (Debian's 6.1
# has cleanup.h, its 6.12 changed driver_override in mid-series), so a version
# number answers nothing. Each line at the end of this file is a few lines of C;
# where they compile, HAVE_<name> is defined. All are compiled in one kbuild run,
# and the result is kept until the headers or this script change.
set -eu

kdir=$1
build=$2
out=$build/compat/generated
work=$out/probe
header=$out/kfeatures.h

features=()

die()
{
	printf 'compat: %s\n' "$@" >&2
	exit 1
}

# source NAME HEADERS CODE: CODE is the body of a function with the arguments
# that most probes need.
source_for()
{
	local name=$1 header

	for header in $2; do
		echo "#include <$header>"
	done
	cat <<-EOF
		struct device;
		struct pci_dev;
		int probe(struct device *dev, struct pci_dev *pdev);
		int probe(struct device *dev, struct pci_dev *pdev)
		{
			$3
			return 0;
		}
	EOF
}

compiles()
{
	source_for "$@" >"$work/$1.c"
	features+=("$1")
}

# exported NAME SYMBOL: the feature also needs SYMBOL to be there for modules.
exported()
{
	awk -v symbol="$2" '$2 == symbol { found = 1 } END { exit !found }' \
		"$kdir/Module.symvers" || rm -f "$work/$1.o"
}

key()
{
	{
		echo "$kdir"
		cat "$0" "$kdir/Module.symvers" "$kdir/include/generated/autoconf.h"
		stat -c '%Y %s' "$kdir"/include/generated/*.h
	} | sha256sum | cut -d ' ' -f 1
}

compile_all()
{
	printf 'obj-m += %s\n' "${features[@]/%/.o}" >"$work/Kbuild"
	# A shim is needed where a call has the wrong type, but a newer compiler's
	# opinion of the kernel's own headers must not decide anything: so no -Werror.
	make -k -j "$(nproc)" -C "$kdir" M="$work" W= C= \
		KCFLAGS='-Werror=incompatible-pointer-types -Werror=discarded-qualifiers' \
		"${features[@]/%/.o}" >"$work/log" 2>&1 || :
	[ -f "$work/CONTROL_GOOD.o" ] ||
		die "the headers in $kdir cannot compile an empty module;" \
			"the compiler's words are in $work/log"
	[ ! -f "$work/CONTROL_BAD.o" ] ||
		die "the compiler takes code that it has to refuse; see $work/log"
}

write_header()
{
	local name

	echo "/* SPDX-License-Identifier: GPL-2.0 */"
	echo "/* What $kdir offers; made by compat/probe.sh. */"
	for name in "${features[@]}"; do
		case $name in
		CONTROL_*) ;;
		*) [ ! -f "$work/$name.o" ] || echo "#define HAVE_$name 1" ;;
		esac
	done
}

main()
{
	local key

	key=$(key)
	[ "$(cat "$out/key" 2>/dev/null)" != "$key" ] || [ ! -f "$header" ] || return 0
	rm -rf "$work"
	mkdir -p "$work"
	echo "  PROBE   $header"

	compiles CONTROL_GOOD linux/device.h ''
	compiles CONTROL_BAD linux/device.h 'return dev->no_such_member;'
	probes
	compile_all
	exports

	write_header >"$header.new"
	cmp -s "$header.new" "$header" || cp "$header.new" "$header"
	echo "$key" >"$out/key"
}

probes()
{
	# 6.12 moved the override from each bus to the device, in a stable update.
	compiles DEVICE_DRIVER_OVERRIDE linux/device.h \
		'return device_set_driver_override(dev, "x");'
	compiles PCI_DEV_DRIVER_OVERRIDE linux/pci.h \
		'return pdev->driver_override != NULL;'
	compiles PCI_COR_ERROR_DETECTED linux/pci.h \
		'struct pci_error_handlers h = { .cor_error_detected = NULL }; return !h.error_detected;'
	compiles LINUX_HEX_H linux/hex.h ''
	compiles CONST_BIN_ATTRIBUTE linux/sysfs.h \
		'struct attribute_group g = { .bin_attrs = (const struct bin_attribute *const *)dev }; return !g.bin_attrs;'
	compiles COUNTED_BY linux/types.h \
		'struct list { int n; int of[] __counted_by(n); } *l = (void *)dev; return l->n;'
	compiles WQ_PERCPU linux/workqueue.h 'return WQ_PERCPU;'
	compiles SYSTEM_DFL_WQ linux/workqueue.h 'return !system_dfl_wq;'
	compiles XENBUS_READ_DRIVER_STATE_DEV xen/xenbus.h \
		'return xenbus_read_driver_state(NULL, "x");'
	compiles MSI_PARENT_DOMAIN 'linux/msi.h linux/irqchip/irq-msi-lib.h' \
		'return !msi_create_parent_irq_domain(NULL, NULL) || msi_lib_init_dev_msi_info(dev, NULL, NULL, NULL);'
	compiles GUARD_DEVICE linux/device.h 'guard(device)(dev);'
	compiles FREE_KVFREE linux/slab.h 'void *p __free(kvfree) = NULL; return !p;'
	compiles GENL_MCAST_CAP net/genetlink.h \
		'struct genl_multicast_group g = { .flags = GENL_MCAST_CAP_NET_ADMIN }; return g.flags;'
	compiles NETDEV_LOCK_OPS net/netdev_lock.h \
		'return netdev_need_ops_lock(NULL) && netdev_trylock(NULL);'
	compiles EVENTFD_SIGNAL_ONE linux/eventfd.h 'eventfd_signal(NULL);'
	compiles VM_FLAGS_SET linux/mm.h 'vm_flags_set(NULL, 0);'
	compiles IOMMU_MAP_GFP linux/iommu.h \
		'return iommu_map(NULL, 0, 0, 0, 0, GFP_KERNEL);'
	compiles DEV_IOMMU_REQUIRE_DIRECT linux/iommu.h 'return dev->iommu->require_direct;'
	compiles XEN_RESET_DEVICE 'linux/pci.h xen/pci.h' 'return xen_reset_device(pdev);'
	compiles XEN_ACPI_GET_GSI_INFO 'linux/pci.h xen/acpi.h' \
		'int gsi; xen_acpi_register_get_gsi_func(NULL); return xen_acpi_get_gsi_info(pdev, &gsi, &gsi, &gsi);'
}

exports()
{
	exported DEVICE_DRIVER_OVERRIDE __device_set_driver_override
	exported SYSTEM_DFL_WQ system_dfl_wq
	exported MSI_PARENT_DOMAIN msi_create_parent_irq_domain
	exported MSI_PARENT_DOMAIN msi_lib_init_dev_msi_info
	exported XEN_RESET_DEVICE xen_reset_device
	exported XEN_ACPI_GET_GSI_INFO xen_acpi_get_gsi_info
	exported XEN_ACPI_GET_GSI_INFO xen_acpi_register_get_gsi_func
	exported XEN_ACPI_GET_GSI_INFO xen_pvh_setup_gsi
}

main

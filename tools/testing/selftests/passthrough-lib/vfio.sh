# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Devices of VFIO's in suites, and memory that firmware reserves for them.  To be
# sourced after ktap.sh and xen.sh.  The programs are vfio.c and phys.c.

ktap_require_programs vfio phys
ktap_require_modules vfio-pci

# vfio_take BDF...: to vfio-pci, whoever has them.
vfio_take() {
	local bdf

	modprobe vfio-pci
	for bdf; do
		echo vfio-pci >"/sys/bus/pci/devices/$bdf/driver_override"
		no_driver "$bdf" || echo "$bdf" >"/sys/bus/pci/devices/$bdf/driver/unbind"
		echo "$bdf" >/sys/bus/pci/drivers_probe
		driver_is "$bdf" vfio-pci
	done
}

# vfio_release BDF...: to their own drivers.
vfio_release() {
	local bdf

	for bdf; do
		echo >"/sys/bus/pci/devices/$bdf/driver_override"
		no_driver "$bdf" || echo "$bdf" >"/sys/bus/pci/devices/$bdf/driver/unbind"
		echo "$bdf" >/sys/bus/pci/drivers_probe
	done
}

# vfio BDF STEP...: as the program does; what came of it stays for vfio_said.
vfio() {
	local status=0

	echo "\$ vfio $*"
	timeout 60 ./vfio "$@" >"$KTAP_DIR/vfio" 2>&1 || status=$?
	sed 's/^/> /' "$KTAP_DIR/vfio"
	return $status
}

# vfio_said LINE...: each of them, whole.
vfio_said() {
	local line

	for line; do
		grep -qxF -e "$line" "$KTAP_DIR/vfio" || { echo "not said: $line" && return 1; }
	done
}

# vfio_refused BDF ERROR: who asks for it as a VMM does gets this error.
vfio_refused() {
	not vfio "$1"
	vfio_said "group: ok" "container: $2"
}

# The error of a kernel that refuses a device for its reserved memory: until 6.5 the
# Intel driver did, then the core.
refusal() {
	case $(uname -r) in
	6.1.*) echo EPERM ;;
	*) echo EINVAL ;;
	esac
}

# reserved BDF: type of the memory reserved for it as the kernel sees it, "none"
# without any.
reserved() {
	awk '$3 ~ /^direct/ { kind = $3 } END { print kind == "" ? "none" : kind }' \
		"/sys/bus/pci/devices/$1/iommu_group/reserved_regions"
}

# rdm_policy BDF POLICY: iommu-ext's for this device, given and in force.
rdm_policy() {
	local folder=/sys/bus/pci/devices/$1/iommu_ext

	echo "$2" >"$folder/rdm_policy"
	echo "$1: policy $(<"$folder/rdm_policy"), in force: $(<"$folder/rdm_effective")"
	[ "$(<"$folder/rdm_effective")" = "$2" ]
}

# phys ADDRESS[=VALUE]: memory that is not the kernel's, from the host's side.
phys() {
	./phys "$@"
}

# phys_is ADDRESS VALUE
phys_is() {
	local value

	value=$(phys "$1")
	echo "host memory at $1: $value"
	[ "$value" = "$2" ]
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# modprobe.sh KVER KDIR VMLINUZ MODDIR: every road that led to xen-pciback or
# pci-stub loads pciback-ng, with the options that were meant for any of them.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
kver=$1
modules=$root/lib/modules/$kver

# A little system with all drivers, and options as an administrator writes them.
mkdir -p "$modules/updates" "$modules/kernel" "$root/conf"
cp "build/$kver"/drivers/{pt-core/pt-core,pciback-ng/pciback-ng}.ko "$modules/updates/"
find "$4/" '(' -name 'xen-pciback.ko*' -o -name 'pci-stub.ko*' ')' -exec cp {} "$modules/kernel/" \;
touch "$modules"/modules.{order,builtin,builtin.modinfo}
depmod -b "$root" "$kver"

# The install line calls modprobe again; here it only says what it would load.
cat >"$root/inner" <<EOF
#!/bin/sh
exec modprobe -d "$root" -S "$kver" -C "$root/conf" -n -v "\$@"
EOF
chmod +x "$root/inner"
sed "s|/sbin/modprobe|$root/inner|g" etc/modprobe.d/pciback-ng.conf >"$root/conf/pciback-ng.conf"
# What it needs would be loaded for real, before the install line is run.
cat >"$root/conf/user.conf" <<'EOF'
install pt-core true
options xen-pciback hide="(0000:01:00.0) (0000:02:00.*)" passthrough=1
options pciback-ng permissive=0
options pci-stub ids=8086:10ca,8086:10ed
EOF

# road TYPED: our module with what it needs, and no other, with the options of both names.
road()
{
	local got

	got=$(modprobe -d "$root" -S "$kver" -C "$root/conf" "$@" 2>&1) || :
	case $got in
	*pciback-ng.ko*'hide="(0000:01:00.0) (0000:02:00.*)"'*passthrough=1*permissive=0*ids=8086:10ca,8086:10ed*) ;;
	*)
		echo "modprobe $*: $got"
		return
		;;
	esac
	[ "$(echo "$got" | grep insmod | grep -cv '/pt-core\.ko')" = 1 ] ||
		echo "modprobe $*: loads more than one module: $got"
}

roads()
{
	road xen-pciback
	road xen_pciback
	road pci-stub
	road pci_stub
	road pciback-ng
	road xen-backend:pci
	road -b xen-backend:pci
	# What is typed comes last: the kernel takes the last of two.
	modprobe -d "$root" -S "$kver" -C "$root/conf" pciback-ng 'hide=(0000:03:00.0) (0000:04:00.*)' |
		grep -q 'hide="(0000:03:00.0) (0000:04:00.\*)" *$' || echo "options that are typed do not win"
}

findings < <(roads)

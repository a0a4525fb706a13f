#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# modprobe.sh KVER KDIR VMLINUZ MODDIR: every road that led to xen-pciback or
# pci-stub loads pciback-ng, with the options that were meant for any of them; where
# pciback-ng is not there the in-tree drivers, with what they understand (case D8).
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

NAMES='xen-pciback xen_pciback pci-stub pci_stub pciback-ng xen-backend:pci'

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
kver=$1
modules=$root/lib/modules/$kver
log=$root/kmsg

# A little system with the in-tree drivers.
mkdir -p "$modules/updates" "$modules/kernel" "$root/conf"
find "$4/" '(' -name 'xen-pciback.ko*' -o -name 'pci-stub.ko*' ')' -exec cp {} "$modules/kernel/" \;
touch "$modules"/modules.{order,builtin,builtin.modinfo}

# The install line calls modprobe again; here it only says what it would load.
cat >"$root/inner" <<EOF
#!/bin/sh
case "\$*" in
*'-C /dev/null'*) ;;
*--ignore-install\ xen*)
	[ ! -e "$root/refuses" ] || { cat "$root/refuses" >&2; exit 1; }
	set -- -C "$root/conf" "\$@"
	;;
*) set -- -C "$root/conf" "\$@" ;;
esac
exec modprobe -d "$root" -S "$kver" -n -v "\$@"
EOF
chmod +x "$root/inner"

# Everything by its path below $root; the kernel's log is a file there.
for file in etc/modprobe.d/pciback-ng.conf share/pciback-ng/*; do
	sed "s|/sbin/modprobe|$root/inner|g; s|>/dev/kmsg|>>$log|g; s|/usr/lib/pciback-ng|$root|g" \
		"$file" >"$root/${file##*/}"
done
mv "$root/pciback-ng.conf" "$root/conf/"
chmod +x "$root/load-driver"

with_ours()
{
	cp "build/$kver"/drivers/{pt-core/pt-core,pciback-ng/pciback-ng}.ko "$modules/updates/"
	depmod -b "$root" "$kver"
}

without_ours()
{
	rm -f "$modules/updates"/*.ko
	depmod -b "$root" "$kver"
}

# configure LINE...: options as an administrator writes them. What pciback-ng needs would be
# loaded for real, before the install line is run.
configure()
{
	printf '%s\n' 'install pt-core true' "$@" >"$root/conf/user.conf"
	: >"$log"
}

# What modprobe says, compressed modules by their plain names.
typed()
{
	{ modprobe -d "$root" -S "$kver" -C "$root/conf" "$@" 2>&1 || :; } | sed 's/\.ko\.[a-z]*/.ko/'
}

# road TYPED: our module with what it needs, and no other, with the options of both names.
road()
{
	local got

	got=$(typed "$@")
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
	local name

	configure 'options xen-pciback hide="(0000:01:00.0) (0000:02:00.*)" passthrough=1' \
		'options pciback-ng permissive=0' \
		'options pci-stub ids=8086:10ca,8086:10ed'
	for name in $NAMES; do
		road "$name"
	done
	road -b xen-backend:pci
	road -va xen-pciback
	# What is typed comes last: the kernel takes the last of two.
	typed pciback-ng 'hide=(0000:03:00.0) (0000:04:00.*)' |
		grep -q 'hide="(0000:03:00.0) (0000:04:00.\*)" *$' || echo "options that are typed do not win"
	typed -b -C "$root/conf" -- pci_stub ids=1:2 x=3 | grep -q ' ids=1:2 x=3 *$' ||
		echo "options behind -- do not win"
	[ ! -s "$log" ] || echo "said although all is well: $(cat "$log")"
}

# stands_in TYPED TEXT...: each is part of an insmod that has to come of it.
stands_in()
{
	local name=$1 got text

	shift
	got=$(typed "$name")
	for text; do
		[[ $got == *"$text"* ]] || echo "modprobe $name without pciback-ng: no '$text' in: $got"
	done
	grep -q '<2>pciback-ng: .*not installed' "$log" || echo "modprobe $name without pciback-ng is silent"
	case $got in
	*'could not find module'* | *FATAL*) echo "modprobe $name without pciback-ng: $got" ;;
	esac
}

# said TEXT: what gets lost is named.
said()
{
	grep -qF -- "$1" "$log" || echo "not said: '$1' but: $(cat "$log")"
}

# The in-tree xen-pciback refuses to load for one rule that it does not know.
in_tree_roads()
{
	local name

	configure 'options xen-pciback hide="(0000:01:00.0) (2:00.*)(0000:03:00.0,4-5;policy=strict)(04:00.1@07)" passthrough=1' \
		'options pciback-ng permissive=1 idle_d3=0' \
		'options pci-stub ids=8086:10ca,8086:10ed'
	for name in $NAMES; do
		: >"$log"
		stands_in "$name" \
			'xen-pciback.ko hide=(0000:01:00.0)(2:00.*)(0000:03:00.0)(0000:03:00.4)(0000:03:00.5)(04:00.1) passthrough=1 permissive=1' \
			'pci-stub.ko ids=8086:10ca,8086:10ed'
		said 'without effect in the in-tree drivers: idle_d3=0 (0000:03:00.0,4-5;policy=strict) (04:00.1@07)'
	done

	configure 'options pciback-ng hide=(vfs-of=01:00.0)(8086:10ca)(0000:00:1c.0/00.0)(class=02)(1:0:0.0.0)(01:00.0,)(05:00.0)x'
	stands_in xen-pciback 'xen-pciback.ko hide=(05:00.0)' 'pci-stub.ko ids=8086:10ca'
	said 'such rules: (vfs-of=01:00.0)(0000:00:1c.0/00.0)(class=02)(1:0:0.0.0)(01:00.0,)x'
}

# What a shell would run, expand or choke on is an option like any other (case D5).
# shellcheck disable=SC2016  # that is the point
not_evaluated()
{
	local word touch="touch\${IFS}$root/was-run"

	configure "options pciback-ng hide='(02:00.0)'" \
		"options pci-stub ids=\$($touch)\`$touch\`;$touch" \
		'options xen-pciback x=* y=$HOME'
	for word in '$(touch '"$root"'/was-run)' "'; touch $root/was-run; '" '`touch '"$root"'/was-run`' '*'; do
		typed xen-pciback "hide=$word" >"$root/got"
		[ ! -e "$root/was-run" ] || echo "an option was run by a shell: $word"
		rm -f "$root/was-run"
		cat "$root/got" "$log" | grep -qF -- "$word" ||
			echo "lost: $word; there is: $(cat "$root/got" "$log")"
		grep -iE 'syntax error|not found' "$root/got" || :
	done
	typed xen-pciback >"$root/got"
	[ ! -e "$root/was-run" ] || echo "an option of modprobe.d was run by a shell"
	cat "$root/got" "$log" | grep -qF -- "ids=\$($touch)\`$touch\`;$touch" ||
		echo "ids= got lost: $(cat "$root/got" "$log")"
}

# A kernel with Secure Boot refuses what has no signature that it knows; what it refuses for
# its options is the administrator's to see.
refused()
{
	configure 'options xen-pciback hide=(0000:01:00.0)'
	echo "modprobe: ERROR: could not insert 'pciback_ng': Key was rejected by service" >"$root/refuses"
	typed xen-pciback | grep -qF 'xen-pciback.ko hide=(0000:01:00.0)' ||
		echo "no in-tree driver where the kernel refuses the signature"
	said 'does not take the pciback-ng that is installed'

	echo "modprobe: ERROR: could not insert 'pciback_ng': Invalid argument" >"$root/refuses"
	! typed xen-pciback | grep -F xen-pciback.ko || echo "the in-tree driver was loaded for a wrong option"
	typed xen-pciback | grep -q 'Invalid argument' || echo "an error is not passed on"
	rm "$root/refuses"
}

with_ours
findings < <(roads; not_evaluated; refused)
without_ours
findings < <(in_tree_roads; not_evaluated)

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# modprobe.sh KVER KDIR VMLINUZ MODDIR: the names of xen-pciback and pci-stub are modules of
# ours where pciback-ng is installed, with the options that were meant for each; where it is
# not, or is refused, load-driver loads the in-tree drivers with what they understand (case
# D8). No shell evaluates an option (case D5).
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
kver=$1
modules=$root/lib/modules/$kver
log=$root/kmsg

# A little system with the in-tree drivers.
mkdir -p "$modules/updates" "$modules/kernel/drivers/xen/xen-pciback" "$modules/kernel/drivers/pci" "$root/conf"
find "$4/" -name 'xen-pciback.ko*' -exec cp {} "$modules/kernel/drivers/xen/xen-pciback/" \;
find "$4/" -name 'pci-stub.ko*' -exec cp {} "$modules/kernel/drivers/pci/" \;
touch "$modules"/modules.{order,builtin,builtin.modinfo}

# modprobe and insmod of load-driver only say what they would load.
cat >"$root/modprobe" <<EOF
#!/bin/sh
case "\$*" in
'-C /dev/null'* | -c* | -D*) ;;
*)
	[ ! -e "$root/refuses" ] || { cat "$root/refuses" >&2; exit 1; }
	;;
esac
case "\$*" in
'-C /dev/null'*) ;;
*) set -- -C "$root/conf" "\$@" ;;
esac
exec modprobe -d "$root" -S "$kver" -n -v "\$@"
EOF
cat >"$root/insmod" <<'EOF'
#!/bin/sh
[ -f "$1" ] && echo insmod "$@"
EOF

# Everything by its path below $root; the kernel's log is a file there.
for file in share/pciback-ng/*; do
	sed "s|/sbin/modprobe|$root/modprobe|g; s|/sbin/insmod|$root/insmod|g; s|>/dev/kmsg|>>$log|g
		s|/lib/modules/|$root/lib/modules/|g; s|/conf/modules|$root/modules|g; s|/sys/module|$root/sys|g
		s|^read -r kernel .*|kernel=$kver|" "$file" >"$root/${file##*/}"
done
chmod +x "$root"/{load-driver,modprobe,insmod}

with_ours()
{
	cp "build/$kver"/drivers/{pt-core/pt-core,pciback-ng/pciback-ng,old-names/{xen-pciback,pciback,pci-stub}}.ko \
		"$modules/updates/"
	depmod -b "$root" "$kver"
}

without_ours()
{
	rm -f "$modules/updates"/*.ko
	depmod -b "$root" "$kver"
}

# configure LINE...: options as an administrator writes them.
configure()
{
	printf '%s\n' "$@" >"$root/conf/user.conf"
	rm -f "$root/modules"
	: >"$log"
}

# What modprobe says, compressed modules by their plain names.
typed()
{
	{ modprobe -d "$root" -S "$kver" -C "$root/conf" -n -v "$@" 2>&1 || :; } | sed 's/\.ko\.[a-z]*/.ko/'
}

booted()
{
	{ "$root/load-driver" "$@" 2>&1 || echo "status $?"; } | sed 's/\.ko\.[a-z]*/.ko/'
}

# has TEXT PATTERN...: for messages, what TEXT is about stands in $about.
has()
{
	local text=$1 pattern

	shift
	for pattern; do
		grep -q -- "$pattern" <<<"$text" || echo "$about: no '$pattern' in: $text"
	done
}

lacks()
{
	! grep -q -- "$2" <<<"$1" || echo "$about: '$2' in: $1"
}

# With "-" or "_", by the event of a guest's first device, with options of several lines.
roads()
{
	local name hide='hide="(0000:01:00.0) (0000:02:00.\*)" passthrough=1'

	configure 'options xen-pciback hide="(0000:01:00.0) (0000:02:00.*)" passthrough=1' \
		'options pciback-ng permissive=0' \
		'options pci_stub ids=8086:10ca,8086:10ed' \
		'options pciback hide=(03:00.0)'
	for name in xen-pciback xen_pciback xen-backend:pci; do
		about="modprobe $name"
		has "$(typed "$name")" 'updates/pt-core.ko' 'updates/pciback-ng.ko *permissive=0' "updates/xen-pciback.ko $hide"
		lacks "$(typed "$name")" '/kernel/'
	done
	for name in pci-stub pci_stub; do
		about="modprobe $name"
		has "$(typed "$name")" 'updates/pciback-ng.ko' 'updates/pci-stub.ko ids=8086:10ca,8086:10ed'
		lacks "$(typed "$name")" '/kernel/'
	done
	about='modprobe pciback (case D10)'
	has "$(typed pciback)" 'updates/pciback-ng.ko' 'updates/pciback.ko hide=(03:00.0)'
	about='options that are typed come last'
	has "$(typed xen-pciback 'hide=(0000:03:00.0)')" "$hide hide=(0000:03:00.0)"
}

# In the initramfs, pciback-ng is first; a name that nothing is said for is free for later.
at_boot()
{
	local got

	about='initramfs without options'
	configure ''
	got=$(booted)
	has "$got" 'updates/pciback-ng.ko'
	lacks "$got" 'xen-pciback.ko\|pci-stub.ko\|updates/pciback.ko'

	about='initramfs with options'
	configure 'options xen-pciback hide=(01:00.0)'
	has "$(booted)" 'updates/pciback-ng.ko' 'updates/xen-pciback.ko hide=(01:00.0)'
	lacks "$(booted)" 'pci-stub.ko'

	about='/etc/initramfs-tools/modules (case D3)'
	configure ''
	printf '%s\n' '# a comment' 'xen_pciback hide=(0000:02:00.0) permissive' '' 'pci_stub	ids=8086:10d3' >"$root/modules"
	got=$(booted)
	has "$got" 'updates/xen-pciback.ko hide=(0000:02:00.0) permissive' 'updates/pci-stub.ko ids=8086:10d3'
	about='systemd unit'
	got=$(booted --unit)
	has "$got" 'updates/pciback-ng.ko'
	lacks "$got" 'xen-pciback.ko\|status'
	about='well'
	lacks "$(cat "$log")" .
}

# said TEXT: what gets lost is named.
said()
{
	grep -qF -- "$1" "$log" || echo "not said: '$1' but: $(cat "$log")"
}

# The in-tree xen-pciback refuses to load for one rule that it does not know.
in_tree_roads()
{
	local name got

	configure 'options xen-pciback hide="(0000:01:00.0) (2:00.*)(0000:03:00.0,4-5;policy=strict)" passthrough=1' \
		'options pciback-ng permissive=1 idle_d3=0 hide=(04:00.1@07)' \
		'options pci-stub ids=8086:10ca,8086:10ed'
	for name in '' --unit; do
		about="load-driver $name without pciback-ng"
		: >"$log"
		got=$(booted ${name:+"$name"})
		has "$got" 'kernel/drivers/xen/xen-pciback/xen-pciback.ko hide=(0000:01:00.0)(2:00.\*)(0000:03:00.0)(0000:03:00.4)(0000:03:00.5)(04:00.1) passthrough=1 permissive=1' \
			'kernel/drivers/pci/pci-stub.ko ids=8086:10ca,8086:10ed'
		[ -z "$name" ] || has "$got" 'status 1'
		said '<2>pciback-ng: not installed'
		said 'without effect in the in-tree drivers: (0000:03:00.0,4-5;policy=strict) idle_d3=0 (04:00.1@07)'
	done
	about='the old names without pciback-ng'
	for name in xen-pciback xen-backend:pci; do
		has "$(typed "$name")" 'kernel/drivers/xen/xen-pciback/xen-pciback.ko'
	done
	has "$(typed pci-stub)" 'kernel/drivers/pci/pci-stub.ko ids='

	about='rules that the in-tree driver does not know'
	configure 'options pciback-ng hide=(vfs-of=01:00.0)(8086:10ca)(0000:00:1c.0/00.0)(class=02)(1:0:0.0.0)(05:00.0)x'
	has "$(booted)" 'xen-pciback.ko hide=(05:00.0)$' 'pci-stub.ko ids=8086:10ca$'
	said 'such rules: (vfs-of=01:00.0)(0000:00:1c.0/00.0)(class=02)(1:0:0.0.0)(x)'

	about='other spellings of lists'
	configure "options pciback-ng hide='01:00.0,02:00.0,(03:00.0,policy=strict)(04:00.0,1,)(05:00.0;06:00.0),(!07:00.0)'"
	has "$(booted)" 'xen-pciback.ko hide=(01:00.0)(02:00.0)(03:00.0)(04:00.0)(04:00.1)(05:00.0)(06:00.0)$'
	said 'without effect in the in-tree drivers: (03:00.0,policy=strict) (!07:00.0)'

	about='/etc/initramfs-tools/modules without pciback-ng (case D3)'
	configure ''
	echo "xen-pciback hide='(0000:02:00.0)'" >"$root/modules"
	has "$(booted)" 'xen-pciback.ko hide=(0000:02:00.0)'

	about='nothing is configured'
	configure ''
	lacks "$(booted; booted --unit)" 'xen-pciback.ko\|pci-stub.ko'
}

# What a shell would run, expand or choke on is an option like any other.
# shellcheck disable=SC2016  # that is the point
not_evaluated()
{
	local word touch="touch\${IFS}$root/was-run"

	about='an option with words of a shell'
	for word in "x'\$($touch)\`$touch\`;$touch;'" '*' '$HOME' "'(02:00.0)'"; do
		configure "options xen-pciback hide=$word" "options pci-stub ids=$word"
		echo "pciback x=$word" >"$root/modules"
		{ typed xen-pciback; booted; cat "$log"; } >"$root/got"
		[ ! -e "$root/was-run" ] || echo "an option was run by a shell: $word"
		rm -f "$root/was-run"
		word=${word//\'}
		sed "s/'//g" "$root/got" | grep -qF -- "$word" || echo "lost: $word; there is: $(cat "$root/got")"
		grep -iE 'syntax error|not found' "$root/got" || :
	done
}

# A kernel with Secure Boot refuses what has no signature that it knows; what it refuses for
# its options is the administrator's to see.
refused()
{
	local got

	about='a signature that the kernel refuses (case D8)'
	configure 'options xen-pciback hide=(0000:01:00.0)' 'options pci-stub ids=8086:10ca'
	echo "modprobe: ERROR: could not insert 'pciback_ng': Key was rejected by service" >"$root/refuses"
	has "$(booted)" 'insmod .*kernel/drivers/xen/xen-pciback/xen-pciback.ko hide=(0000:01:00.0)' \
		'insmod .*kernel/drivers/pci/pci-stub.ko ids=8086:10ca'
	said 'does not take the pciback-ng that is installed'
	has "$(booted --unit)" 'kernel/drivers/xen/xen-pciback/xen-pciback.ko' 'status 2'

	about='an option that the kernel refuses'
	echo "modprobe: ERROR: could not insert 'pciback_ng': Invalid argument" >"$root/refuses"
	got=$(booted)
	lacks "$got" 'xen-pciback.ko'
	has "$got" 'Invalid argument'
	rm "$root/refuses"
}

with_ours
findings < <(roads; at_boot; not_evaluated; refused)
without_ours
findings < <(in_tree_roads; not_evaluated)

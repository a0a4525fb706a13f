#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Print the suites that a change can reach, for `make check-changed`.
#
#   changed.sh [BASE]    of files that differ from BASE (HEAD) and of new ones
#
# A file is reached from a suite by words: a suite that names a module, a fixture, a
# program or a library, or sources a library that does. A file that no rule below knows
# reaches every suite.
set -eu

cd "$(dirname "$0")/../.."
base=${1:-HEAD}
all=tools/testing/selftests
lib=$(dirname "$(ls $all/*/ktap.sh)")

all_suites()
{
	awk '!/^#/ && NF { print $1 }' tools/testing/suites.tab
}

suites_of_folder()
{
	find "$all/$1" -name '*.sh' -printf '%f\n' | sed 's/\.sh$//'
}

# suites_on PATTERN: that run on such a machine.
suites_on()
{
	awk -v pattern="$1" '!/^#/ && ($3 " " $4) ~ pattern { print $1 }' tools/testing/suites.tab
}

# libraries PATTERN: files of the library that have such a word, and those that use them.
libraries()
{
	local pattern=$1 found='' more

	while :; do
		more=$(cd "$lib" && grep -lwE -- "$pattern" ./*.sh ./*.c ./*.h ./*.py | sed 's|^\./||' | sort)
		[ "$more" != "$found" ] || break
		found=$more
		pattern="$1|$(echo "$found" | sed 's/\.[ch]$//; s/[.]/\\./g' | paste -sd'|')"
	done
	echo "$found"
}

# suites_with PATTERN: that have such a word, by themselves or through the library.
suites_with()
{
	local pattern=$1 file

	for file in $(libraries "$pattern"); do
		file=${file%.[ch]}
		pattern="$pattern|${file//./\\.}"
	done
	grep -lwE -- "$pattern" $all/*/*.sh | grep -v "^$lib/" | sed 's|.*/||; s/\.sh$//' || :
}

# suites_with_file FILE: a C file of the library may be part of a program of another name.
suites_with_file()
{
	local name=${1##*/}

	case $name in
	vmbox* | timing.h) suites_with 'vmbox_[a-z]*' ;;
	ktap.sh | xen.sh | kernel_log.sh | xs.c) all_suites ;;
	*.[ch]) suites_with "${name%.*}" ;;
	*) suites_with "${name//./\\.}" ;;
	esac
}

# modules_of FOLDER: a line each.
modules_of()
{
	sed -n 's/^obj-.*+= //p' "$1/Kbuild" | tr ' ' '\n' | sed 's/\.o$//'
}

# suites_of FILE: nothing for one that no machine sees.
suites_of()
{
	local name=${1##*/}

	case $1 in
	Documentation/ABI/*) suites_with 'abi\.sh' ;;
	Documentation/netlink/*) suites_with 'the YNL client|YNL' ;;
	Documentation/* | LICENSES/* | *.md | *.rst | COPYING | .git* | .ci/* | .editorconfig | .shellcheckrc) ;;
	tools/testing/lint/* | tools/testing/unit/* | tools/testing/mutate/* | tools/testing/bench/* | tools/testing/debug/*) ;;
	tools/testing/check.sh | tools/testing/changed.sh | tools/testing/suites.tab | tools/testing/vm/demo.sh) ;;
	"$lib"/*) suites_with_file "$1" ;;
	$all/*/*.sh) echo "${name%.sh}" ;;
	drivers/iommu-ext/*) suites_of_folder iommu-ext; suites_with 'iommu[-_]ext' ;;
	drivers/sriov-mbox/*) suites_of_folder sriov-mbox; suites_with 'sriov[-_]mbox[-_a-z]*' ;;
	drivers/pciback-ng/xen/*) suites_on 'xen|hvm|pvh' ;;
	drivers/old-names/*) suites_with 'xen[-_]pciback|pci[-_]stub|modprobe pciback' ;;
	drivers/pciback-ng/*) suites_of_folder pciback-ng; suites_with 'pciback[-_]ng|MODULE' ;;
	tools/testing/oracle/*) suites_with oracle ;;
	tools/testing/hostile/* | tools/testing/mbox/* | tools/testing/mockpci/* | \
	tools/testing/overlay/* | tools/testing/ptguard/*)
		suites_with "$(modules_of "${1%/*}" | paste -sd'|')" ;;
	tools/testing/vm/firmware.sh | tools/testing/vm/acpi_tables.py)
		suites_with 'firmware reserves memory|AMD IOMMU' ;;
	tools/testing/vm/initramfs.sh) printf '%s\n' initramfs initramfs-absent dracut ;;
	share/initramfs-tools/* | share/pciback-ng/* | scripts/install.sh | scripts/shared.sh)
		printf '%s\n' initramfs initramfs-absent ;;
	tools/testing/dkms/* | tools/testing/vm/hosts.sh | tools/testing/vm/host-root.sh | \
	scripts/dkms.sh | dkms.conf | share/systemd/*) ;;
	*) all_suites ;;
	esac
}

{
	git diff --name-only "$base" --
	git ls-files --others --exclude-standard
} | while read -r file; do
	suites_of "$file"
done | sort -u | grep -xF -f <(all_suites) || :

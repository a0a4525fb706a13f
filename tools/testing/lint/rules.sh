#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Rules of the house that no other tool knows.
set -eu
# shellcheck source=tools/testing/lint/lib.sh
. "$(dirname "$0")/lib.sh"

MAX_FILE=600
MAX_FUNCTION=60

mapfile -t code < <(ours '*.c' '*.h'; our_scripts)
mapfile -t text < <(ours '*' | grep -vE '^LICENSES/')

long_files()
{
	wc -l "${code[@]}" | awk -v max=$MAX_FILE '$2 != "total" && $1 >= max {
		printf "%s: %d lines; a second noun in the room? (limit %d)\n", $2, $1, max }'
}

# A function's body is between a { and a } in the first column, in C and, as we
# write it, in shell.
long_functions()
{
	awk -v max=$MAX_FUNCTION '
		FNR == 1 { start = 0 }
		/^\{/ || /^[a-z_0-9]+\(\) *\{?$/ { if (!start) start = FNR }
		/^\}/ && start {
			if (FNR - start > max)
				printf "%s:%d: a function of %d lines (limit %d)\n", FILENAME, start, FNR - start, max
			start = 0
		}' "${code[@]}"
}

missing_licence()
{
	local file

	for file in "${text[@]}"; do
		case $file in
		*.c | *.h | *.sh | *.py | *.conf | */Kbuild | Kbuild | */Kconfig | Kconfig | */Makefile | Makefile | .ci/run)
			head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
				echo "$file: no SPDX-License-Identifier in its first lines"
			;;
		esac
	done
}

# Features are probed (compat/probe.sh): distributions carry them across versions.
version_checks()
{
	ours '*.c' '*.h' '*Kbuild' | xargs grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION\(' |
		sed 's|$|   <- probe for the feature (compat/probe.sh)|'
}

# A misspelt HAVE_ is silently false, and a probe that nobody asks for is time at each build.
unmatched_probes()
{
	local asked

	asked=$(ours 'compat/*.h' 'drivers/*.[ch]' 'tools/testing/*.[ch]' 'include/*.h' |
		xargs grep -ohE '\bHAVE_[A-Z0-9_]+' | sort -u)
	diff <(sed -n '/CONTROL_/d; s/^\tcompiles \([A-Z0-9_]*\) .*/HAVE_\1/p' compat/probe.sh | sort) - <<<"$asked" |
		sed -n 's/^< \(.*\)/compat\/probe.sh: \1 is probed and used nowhere/p
			s/^> \(.*\)/\1 is used and probed nowhere (compat\/probe.sh)/p'
}

# Packages come from where this host's apt gets them, whatever that is.
host_names()
{
	local sites

	# shellcheck disable=SC2016  # apt expands it
	sites=$(apt-get indextargets --format '$(SITE)' 2>/dev/null |
		sed 's|^[a-z]*://||; s|/.*||; s|[.]|[.]|g' | sort -u | paste -sd '|')
	[ -z "$sites" ] || grep -nE "$sites" "${text[@]}" | sed 's/$/   <- a mirror, written down/'
	grep -nF "$top" "${text[@]}" | sed 's/$/   <- a path of this machine/'
}

white_space()
{
	grep -nE '[[:blank:]]+$' "${text[@]}" | sed 's/$/   <- ends in white space/'
}

# This lock has a gate for interrupts, which pbng_dev_lock() and its like know (device.h).
bare_locks()
{
	ours 'drivers/pciback-ng/*.c' |
		xargs grep -nE 'mutex(_lock[a-z_]*|_trylock|_unlock|\))\(&(dev|pf|vf)->lock\)' |
		sed 's|$|   <- pbng_dev_lock(), pbng_dev_unlock()|'
}

# They wait for hardware and take pci_bus_sem, which is above dev->lock: for what holds the
# hardware (hold.h).
bare_power()
{
	ours 'drivers/pciback-ng/*.c' | grep -vE '/(power|method|claim)[.]c$' |
		xargs grep -nE '\bpci_(set_power_state|enable_device)\(' |
		sed 's|$|   <- pbng_power_order(), pbng_power_enable()|'
}

not_executable()
{
	local file

	our_scripts | while read -r file; do
		! head -n 1 "$file" | grep -q '^#!' || [ -x "$file" ] || echo "$file: has a #! line but is not executable"
	done
}

# suites_named VARIABLE MAKEFILE
suites_named()
{
	sed ':line; /\\$/ { N; s/\\\n//; b line }' "$2" | sed -n "s/^$1 *:=//p" | xargs -n 1
}

# make check runs what suites.tab names, and nothing else.
suites_without_row()
{
	local makefile

	ours 'tools/testing/selftests/*/Makefile' | while read -r makefile; do
		suites_named TEST_PROGS "$makefile" | sed 's/\.sh$//' |
			grep -vxF -f <(awk '!/^#/ { print $1 }' tools/testing/suites.tab) |
			sed 's|$|   <- a suite without a row in tools/testing/suites.tab|'
	done
}

# kselftest installs and runs what the Makefile of a folder names, and nothing else.
unnamed_suites()
{
	local makefile suite

	ours 'tools/testing/selftests/*/Makefile' | while read -r makefile; do
		ours "${makefile%/*}/*.sh" | sed 's|.*/||' | grep -vxF -f <(
			suites_named TEST_PROGS "$makefile"
			suites_named TEST_PROGS_EXTENDED "$makefile"
		) | while read -r suite; do
			echo "${makefile%/*}/$suite: not in TEST_PROGS or TEST_PROGS_EXTENDED of $makefile"
		done
	done
}

findings < <(long_files; long_functions; missing_licence; version_checks; unmatched_probes; host_names; white_space; bare_locks; bare_power; not_executable; unnamed_suites; suites_without_row)

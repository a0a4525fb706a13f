# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the checks share; to be sourced. A check is a script that prints what it
# finds and says by its exit code: 0 nothing, 4 cannot run here, else something.

cd "$(dirname "${BASH_SOURCE[0]}")/../../.." || exit 1
top=$PWD
export LC_ALL=C

# Files of ours that match one of the PATTERNs, tracked or about to be.
ours()
{
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		find . -path ./build -prune -o -type f -printf '%P\n' | while read -r file; do
			for pattern; do
				# shellcheck disable=SC2053  # a pattern it is
				[[ ${file##*/} != $pattern ]] || echo "$file"
			done
		done
	fi | sort -u | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# Scripts are told by their first line, not by their name.
our_scripts()
{
	ours '*' | while read -r file; do
		case $file in
		*.sh) echo "$file" ;;
		*.*) ;;
		*) ! head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b' || echo "$file" ;;
		esac
	done
}

# The kernel's own checkers, from Debian's linux-source; prints where they are.
kernel_scripts()
{
	"$top/tools/testing/lint/kernel-scripts.sh"
}

# Call as "findings < <(command)": shows what the command printed, fails if any.
findings()
{
	! grep .
}

# What kbuild said, less what it always says.
complaints()
{
	grep -vE '^  [A-Z]+ +(\[M\] )?|^make(\[[0-9]+\])?: (Entering|Leaving|Target|\*\*\*)' "$1" || :
}

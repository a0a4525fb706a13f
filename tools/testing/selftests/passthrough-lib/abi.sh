# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Documentation/ABI against what is there: every file has an entry, with its access, and
# every entry a file.  To be sourced after ktap.sh.

# abi_live BDF FOLDER...: "path access" of each file; the device stands there as <BDF>.
abi_live() {
	local bdf=$1 folder file

	shift
	for folder; do
		for file in "$folder"/*; do
			case ${file##*/} in
			bind | unbind | new_id | remove_id | uevent) continue ;;	# the PCI core's
			esac
			[ -f "$file" ] && [ ! -L "$file" ] || continue
			echo "${file/"$bdf"/<BDF>} $(stat -c %A "$file" | cut -c2-3)"
		done
	done | sort
}

# abi_written FILE: the same of the documentation.
abi_written() {
	awk '/^What:/ { what = $2 }
	     match($0, /\((RO|WO|RW)\)/) && what {
		     access = substr($0, RSTART + 1, 2)
		     print what, access == "RO" ? "r-" : access == "WO" ? "-w" : "rw"
		     what = "" }' "$1" | sort
}

# abi_agrees NAME LIVE: Documentation/ABI/testing/NAME has what the file LIVE, made by
# abi_live, has.  On a machine that is not of the test bed the folder is in ABI.
abi_agrees() {
	local docs=${ABI:-/run/payload/ABI}/$1

	[ -f "$docs" ] || ktap_skip_this "set ABI to Documentation/ABI/testing"
	abi_written "$docs" >"$KTAP_DIR/written"
	# What is in one of them only.
	comm -3 "$KTAP_DIR/written" "$2" | tee "$KTAP_DIR/differ"
	[ ! -s "$KTAP_DIR/differ" ]
}

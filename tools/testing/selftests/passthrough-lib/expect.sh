# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a guest must and must not find in configuration space, written by hand: nothing
# in here knows the driver's tables.  To be sourced after xen.sh.
#
# $BDF is the card in dom0, $CONFIG its file in guest u1, where no driver has it; both
# sides have the program regs (passthrough-lib/regs.c), dom0 as $PROGRAMS/regs. An order
# to the guest takes a second or more under emulation, so each asks for much.

# guest_regs, host_regs REGISTER.LENGTH[=VALUE]...: what was read, on one line.
guest_regs() {
	local out

	out=$(guest_run u1 20 "regs $CONFIG $*") || { echo "$out" && return 1; }
	echo "${out//$'\n'/ }"
}

host_regs() {
	local out

	out=$("$PROGRAMS/regs" "/sys/bus/pci/devices/$BDF/config" "$@") || return
	echo "${out//$'\n'/ }"
}

# equal IS SHOULD WHAT
equal() {
	if [ "$1" != "$2" ]; then
		echo "$3: is '$1', should be '$2'"
		return 1
	fi
}

# hex VALUE: eight digits.
hex() {
	printf %08x $(($1 & 0xffffffff))
}

# at OFFSET NUMBER: the register that many bytes on.
at() {
	printf %x $((0x$1 + 0x$2))
}

# cap ID: where the card has it, in hex; fails where it has not.
cap() {
	local word

	for word in $(host_regs caps); do
		[ "${word%@*}" = "$1" ] || continue
		echo "${word#*@}"
		return
	done
	return 1
}

attr() {
	contents "/sys/bus/pci/devices/$BDF/$1"
}

# The ids are what dom0's kernel says, for a VF has none of its own.
expect_ids() {
	local want

	want=$(printf '%04x %04x %06x%02x %04x%04x' "$(attr vendor)" "$(attr device)" \
		"$(attr class)" "$(attr revision)" "$(attr subsystem_device)" \
		"$(attr subsystem_vendor)")
	equal "$(guest_regs 0.2 2.2 8.4 2c.4)" "$want" ids
}

# wanted_bars: the lines of "resource" as the six BARs read ($BASES), and after all ones
# were written to them ($MASKS).
wanted_bars() {
	local n=0 start end flags size low

	BASES='' MASKS=''
	while [ $n -lt 6 ] && read -r start end flags; do
		n=$((n + 1))
		if [ $((end)) -eq 0 ]; then
			# The upper half of a 64 bit BAR has been there already.
			[ "$(wc -w <<<"$BASES")" -ge $n ] || BASES="$BASES 00000000" MASKS="$MASKS 00000000"
			continue
		fi
		size=$((end - start + 1)) low=$((flags & ((flags & 0x100) ? 3 : 15)))
		BASES="$BASES $(hex $((start | low)))"
		MASKS="$MASKS $(hex $((~(size - 1) | low)))"
		[ $((flags & 0x104)) -eq 4 ] || continue
		BASES="$BASES $(hex $((start >> 32)))"
		MASKS="$MASKS $(hex $((~(size - 1) >> 32)))"
	done <"/sys/bus/pci/devices/$BDF/resource"
	BASES=${BASES# } MASKS=${MASKS# }
}

BARS=(10.4 14.4 18.4 1c.4 20.4 24.4)

# Sizes and places are dom0's, wherever the guest wants them; the hardware stays put.
# No card here has a ROM.
expect_bars() {
	local real

	wanted_bars
	real=$(host_regs "${BARS[@]}")
	equal "$(guest_regs "${BARS[@]}" "${BARS[@]/%/=ffffffff}" "${BARS[@]}" \
		"${BARS[@]/%/=12340000}" "${BARS[@]}" 30.4=ffffffff 30.4 30.4=0)" \
		"$BASES $MASKS $BASES 00000000" 'BARs, sized, moved, ROM'
	equal "$(host_regs "${BARS[@]}")" "$real" 'the hardware'
}

# COMMAND reads as written; the host's decode (XSA-120), SERR# and INTx bits stay. Bus
# mastering is the guest's.
expect_command() {
	local host

	host=$((0x$(host_regs 4.2) & 0x503))
	equal "$(guest_regs 4.2=0003 4.2 4.2=0547 4.2)" '0003 0547' COMMAND
	equal $((0x$(host_regs 4.2) & 0x507)) $((host | 4)) "the hardware's"
	equal "$(guest_regs 4.2=0000 4.2)" 0000 COMMAND
	equal $((0x$(host_regs 4.2) & 0x507)) $host "the hardware's"
}

# MSI and MSI-X are set up by other requests than writes; where they point is none of a
# guest's business, to see or to set (XSA-128, XSA-129, XSA-157).
expect_msi() {
	local msi regs real data=8

	msi=$(cap 05) || return 0
	[ $((0x$(host_regs "$(at "$msi" 2).2") & 0x80)) -eq 0 ] || data=c
	regs=("$(at "$msi" 2).2" "$(at "$msi" 4).4" "$(at "$msi" $data).2")
	read -ra real <<<"$(host_regs "${regs[@]}")"
	host_regs "${regs[1]}=fee0300c" "${regs[2]}=4077"
	[ "$(guest_regs "${regs[1]}" "${regs[1]}=fee0400c" "${regs[2]}=4088" \
		"${regs[0]}=0001")" != fee0300c ]
	equal "$(host_regs "${regs[@]}")" "${real[0]} fee0300c 4077" 'MSI in the hardware'
	host_regs "${regs[1]}=${real[1]}" "${regs[2]}=${real[2]}"
}

expect_msix() {
	local msix regs real

	msix=$(cap 11) || return 0
	regs=("$msix.4" "$(at "$msix" 4).4" "$(at "$msix" 8).4")
	real=$(host_regs "${regs[@]}")
	equal "$(guest_regs "${regs[@]}" "$(at "$msix" 2).2=ffff" "${regs[1]}=0" \
		"${regs[2]}=0" "${regs[@]}")" "$real $real" 'MSI-X, and after writes'
	equal "$(host_regs "${regs[@]}")" "$real" 'MSI-X in the hardware'
}

# expect_caps TABLE: its lines are "ID REASON", what the guest's lists lack of the
# card's.
expect_caps() {
	local word guest host

	guest=" $(guest_regs caps) " host=" $(host_regs caps) "
	echo "the card has$host"
	echo "the guest sees$guest"
	for word in $host; do
		if grep -q "^${word%@*} " <<<"$1"; then
			[[ $guest != *" ${word%@*}@"* ]]
		else
			[[ $guest == *" $word "* ]]
		fi
	done
	for word in $guest; do
		[[ $host == *" $word "* ]]
	done
}

# It sleeps when told to, wakes nobody, and has its addresses when it is back.
expect_power() {
	local pm ctrl real pmc now

	pm=$(cap 01) || return 0
	ctrl=$(at "$pm" 4).2
	real=$(host_regs "${BARS[@]}")
	read -r pmc now <<<"$(guest_regs "$(at "$pm" 2).2" "$ctrl=ff03" "$ctrl")"
	equal $((0x$pmc & 0xf800)) 0 'PME#'
	equal $((0x$now & 0x103)) 3 'power state'
	equal $((0x$(host_regs "$ctrl") & 0x103)) 3 "the hardware's"
	equal $((0x$(guest_regs "$ctrl=0" "$ctrl") & 0x103)) 0 'power state'
	equal $((0x$(host_regs "$ctrl") & 0x103)) 0 "the hardware's"
	equal "$(host_regs "${BARS[@]}")" "$real" 'the hardware'
}

# The guest's kernel resets the function as it would on a real machine; the host does it.
expect_flr() {
	local cap able real before dir=${CONFIG%/config}

	cap=$(at "$(cap 10)" 4).4
	able=$((0x$(host_regs "$cap") & 0x10000000))
	if [ $able -eq 0 ]; then
		guest_run u1 20 "! grep flr $dir/reset_method"
		return
	fi
	wanted_bars
	real=$(host_regs "${BARS[@]}")
	before=$(attr pciback/resets)
	equal "$(guest_run u1 30 "echo flr >$dir/reset_method && echo 1 >$dir/reset &&
		regs $CONFIG ${BARS[*]}" | tr '\n' ' ')" "$BASES " BARs
	equal "$(attr pciback/resets)" $((before + 1)) resets
	equal "$(attr pciback/last_reset)" ok 'the last one'
	equal "$(host_regs "${BARS[@]}")" "$real" 'the hardware'
}

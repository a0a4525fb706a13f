# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A call that fails where we want it, by the module retinject (tools/testing/mockpci).
# To be sourced after ktap.sh.
#
# It counts calls made by one module only, and a function whose call "fails" does not run.

INJECT=/sys/module/retinject/parameters

# inject_load: before the driver is loaded.
inject_load() {
	modprobe retinject "module=${MODULE//-/_}" ||
		ktap_skip_this "no module retinject; cure: make vm-modules"
}

# inject FUNCTION VALUE [NTH]: the next call, or the NTH one, or with 0 all of them return VALUE.
inject() {
	[ -e "$INJECT/plan" ] || ktap_skip_this "the module retinject is not loaded"
	echo "$1 $2 ${3-1}" >"$INJECT/plan"
}

inject_end() {
	echo "calls seen: $(<$INJECT/hits), made to fail: $(<$INJECT/injected)"
	printf '\0' >"$INJECT/plan"
}

# injected: did the call come?
injected() {
	[ "$(<$INJECT/injected)" = 1 ]
}

# inject_kmalloc: name of the function behind kmalloc() of a constant size.
inject_kmalloc() {
	if grep -q ' __kmalloc_cache_noprof$' /proc/kallsyms; then
		echo __kmalloc_cache_noprof
	else
		echo kmalloc_trace
	fi
}

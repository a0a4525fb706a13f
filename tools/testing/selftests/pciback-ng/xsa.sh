#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Xen's security advisories that ask something of a back-end for PCI devices, a test each,
# named after the advisory.  All of them are in Documentation/security.rst; those about
# configuration space alone are tested in unit/test_config_xsa.c as well, byte by byte.
# Where the in-tree driver still has one open, its test is expected to fail.
#
# The guest is played by passthrough-lib/rawfront.sh.  Runs in a test machine (tools/testing/vm/
# run.sh) or on a real dom0 with NIC_A, SRIOV (a card with MSI mask bits), MODULE, DRIVER
# set.  What it knows of registers is true of QEMU's e1000e and igb.
# shellcheck disable=SC2317  # test functions are called by name
set -eu

cd "$(dirname "$0")"
# shellcheck source=tools/testing/selftests/passthrough-lib/ktap.sh
. ../passthrough-lib/ktap.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/xen.sh
. ../passthrough-lib/xen.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/kernel_log.sh
. ../passthrough-lib/kernel_log.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/pciback.sh
. ../passthrough-lib/pciback.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/rawfront.sh
. ../passthrough-lib/rawfront.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/probes.sh
. ../passthrough-lib/probes.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/imports.sh
. ../passthrough-lib/imports.sh
# shellcheck source=tools/testing/selftests/passthrough-lib/cfgspace.sh
. ../passthrough-lib/cfgspace.sh

for name in NIC_A SRIOV MODULE DRIVER; do
	[ -n "${!name-}" ] || ktap_skip_all "$name is not set"
done
xl info >/dev/null 2>&1 || ktap_skip_all "this is no Xen dom0"
ktap_require_modules "$MODULE" rawfront poke

# Orders, XEN_PCI_OP_*.
MSI_ON=2 MSI_OFF=3 MSIX_ON=4 MSIX_OFF=5
# Where an order's parts are in the shared page, see poke.c.
AT_CMD=4 AT_OFFSET=24 AT_VALUE=32 AT_ENTRIES=40
POKE=/sys/module/poke/parameters

if [ "$DRIVER" = ng ]; then
	PREPARE=pciback_ng:pbng_physdev_prepare_msix RELEASE=pciback_ng:pbng_physdev_release_msix
	# What is called before an order is copied, and after that by the worker, the handler.
	ASKED=pciback_ng:pbng_pace_fill
	COPIED=pciback_ng:pbng_export_get COPIED_AT_ONCE=pciback_ng:pbng_export_try
else
	POLICIES='strict permissive'
	ASKED=xen_pciback:xen_pcibk_handle_event COPIED=xen_pciback:__xen_pcibk_get_pci_dev
fi

load() {
	show modprobe "$MODULE"
	raw_load
	modprobe poke
	cfg_watch
	if [ "$DRIVER" = ng ]; then probes_start "$PREPARE" "$RELEASE"; fi
	claim "$NIC_A"
	claim "$SRIOV"
	driver_is "$NIC_A" pciback
	driver_is "$SRIOV" pciback
}

is_permissive() {
	grep -qx "$1" "$PCIBACK/permissive"
}

# order CMD [VALUE]: to the first device of guest 0.
order() {
	raw_op 0 "$1" "$(raw_devfn 0 0)" 0 0 "${2-0}"
}

accepted() {
	local answer

	answer=$(order "$@")
	echo "order $*: answer $answer"
	[ "${answer%% *}" = 0 ]
}

refused() {
	not accepted "$@"
}

# Permissions

# What is open in the in-tree driver is what the one guest leaves to the next.
restrictive() {
	not is_permissive "$NIC_A"
	guest "$NIC_A"
	config "$NIC_A" "$SPARE.l=0"
	cfg_write 0 0 "$SPARE" 4 ffffffff
	[ "$(config "$NIC_A" "$SPARE.l")" = 00000000 ]
	echo "$NIC_A" >"$PCIBACK/permissive"
	cfg_write 0 0 "$SPARE" 4 ffffffff
	[ "$(config "$NIC_A" "$SPARE.l")" = ffffffff ]
	raw_end 0
	not is_permissive "$NIC_A"
}

clean_slate() {
	raw_end 0
	release "$NIC_A"
	claim "$NIC_A"
	not is_permissive "$NIC_A"
}

back_doors() {
	local reg

	guest "$NIC_A"
	for reg in $SPARE $SPARE_EXT fc ffc; do
		probes_forget
		cfg_write 0 0 "$reg" 4 "$(printf '%x' $((16#$(config "$NIC_A" "$reg.l") ^ 0xffffffff)))"
		echo "register $reg: $(cfg_written "$NIC_A" "$reg")"
		[ -z "$(cfg_written "$NIC_A" "$reg")" ]
	done
	raw_end 0
}

# Decode

decodes() {
	[ $((16#$(config "$1" COMMAND) & 3)) -eq "$(<"$KTAP_DIR/decode")" ]
}

never_without_decode() {
	local value

	cfg_written "$1" 4 | sed 's/.*val=//' >"$KTAP_DIR/values"
	[ -s "$KTAP_DIR/values" ]
	while read -r value; do
		[ $((value & 3)) -eq "$(<"$KTAP_DIR/decode")" ]
	done <"$KTAP_DIR/values"
}

decode_stays() {
	local value

	for value in 7 0 407 400 3 5 0; do
		cfg_write 0 0 04 2 "$value"
		decodes "$NIC_A"
	done
	cfg_write 0 0 04 1 7
	cfg_write 0 0 04 1 0
	never_without_decode "$NIC_A"
}

decode() {
	echo $((16#$(config "$NIC_A" COMMAND) & 3)) >"$KTAP_DIR/decode"
	[ "$(<"$KTAP_DIR/decode")" -ne 0 ]
	in_each "$NIC_A" decode_stays
	decodes "$NIC_A"
	release "$NIC_A"
	decodes "$NIC_A"
	claim "$NIC_A"
	decodes "$NIC_A"
}

# A device model outside dom0 comes this way, with more rights.
stub_domain() {
	guest "$NIC_A"
	echo "$NIC_A" >"$PCIBACK/allow_interrupt_control"
	probes_forget
	cfg_write 0 0 04 2 407
	[ $((16#$(config "$NIC_A" COMMAND) & 0x400)) -ne 0 ]
	cfg_write 0 0 04 2 400
	cfg_write 0 0 04 2 0
	decodes "$NIC_A"
	never_without_decode "$NIC_A"
	raw_end 0
	not grep -q "$NIC_A" "$PCIBACK/allow_interrupt_control"
}

# MSI: 50 is where the card has it, with 64 bits and mask bits

# Xen may keep some of it out of the device, so what counts is what was tried.
msi_data_stays() {
	local reg

	accepted "$MSI_ON"
	probes_forget
	cfg_write 0 0 54 4 fee01000
	cfg_write 0 0 58 4 1
	cfg_write 0 0 5c 2 41
	cfg_write 0 0 5d 1 7
	for reg in 54 58 5c 5d; do
		echo "register $reg: $(cfg_written "$SRIOV" "$reg")"
		[ -z "$(cfg_written "$SRIOV" "$reg")" ]
	done
	accepted "$MSI_OFF"
}

msi_mask_stays() {
	local before

	accepted "$MSI_ON"
	probes_forget
	before=$(config "$SRIOV" 60.l)
	cfg_write 0 0 60 4 ffffffff
	cfg_write 0 0 60 1 1
	cfg_write 0 0 60 2 1
	cfg_written "$SRIOV" 60
	[ -z "$(cfg_written "$SRIOV" 60)" ]
	[ "$(config "$SRIOV" 60.l)" = "$before" ]
	accepted "$MSI_OFF"
}

# Which kind is on, and whose turn it is.
msi_order() {
	guest "$NIC_A"
	cfg_write 0 0 04 2 7
	accepted "$MSI_OFF"
	accepted "$MSIX_OFF"
	accepted "$MSI_ON"
	refused "$MSI_ON"
	refused "$MSIX_ON" 1
	accepted "$MSI_OFF"
	accepted "$MSI_OFF"
	accepted "$MSIX_ON" 1
	refused "$MSIX_ON" 1
	refused "$MSI_ON"
	# INTx off and on meanwhile: the line is not the device's now.
	cfg_write 0 0 04 2 0
	cfg_write 0 0 04 2 7
	accepted "$MSIX_OFF"
	accepted "$MSI_ON"
	raw_end 0
	[ ! -d "/sys/bus/pci/devices/$NIC_A/msi_irqs" ] ||
		[ -z "$(ls "/sys/bus/pci/devices/$NIC_A/msi_irqs")" ]
	kernel_log_clean
}

# poke PLAN COMMAND...: whose order is changed on the way.
poke() {
	echo "$1" >"$POKE"/plan
	shift
	"$@"
	echo "the order was changed: $(<"$POKE/poked")"
	echo >"$POKE"/plan
	[ "$(<"$POKE/poked")" = 1 ]
}

# The card has five entries, the page has room for 128.
table_bounds() {
	local n

	guest "$NIC_A"
	cfg_write 0 0 04 2 7
	for n in 0 6 128 129 0x80000001 0xffffffff; do
		refused "$MSIX_ON" "$n"
	done
	raw_end 0
	kernel_log_clean
}

# The index, the upper half of an entry, is in the page when the back-end hears of the order.
table_index() {
	local n

	guest "$NIC_A"
	kernel_log_note "table index"
	cfg_write 0 0 04 2 7
	poke "$ASKED $AT_ENTRIES $((4 << 16))" accepted "$MSIX_ON" 1
	accepted "$MSIX_OFF"
	for n in 5 6 0x7ff 0x800 0xffff; do
		echo "entry $n:"
		poke "$ASKED $AT_ENTRIES $((n << 16))" refused "$MSIX_ON" 1
	done
	raw_end 0
	not sh -c "dmesg | sed '1,/ktap: table index\$/d' | grep 'map irq'"
}

# 1, 9 and 14 are lines of the host.
chosen_pirq() {
	local n answer

	guest "$NIC_A"
	for n in 1 9 14; do
		answer=$(order "$MSI_ON" "$n")
		echo "asked for pirq $n: answer $answer"
		[ "${answer%% *}" = 0 ]
		[ $((${answer#* })) -gt 15 ]
		accepted "$MSI_OFF" "$n"
	done
	raw_end 0
}

# xen_irqs: how many lines Xen has given to domains.
xen_irqs() {
	local before

	before=$(xl dmesg | wc -l)
	xl debug-keys i
	xl dmesg | tail -n "+$((before + 1))" | grep -c 'in-flight=' || :
}

irq_teardown() {
	local i linux xen

	for i in 1 2 3 4 5 6; do
		guest "$NIC_A"
		cfg_write 0 0 04 2 7
		[ $((i % 2)) -eq 0 ] || accepted "$MSI_ON"
		[ $((i % 2)) -eq 1 ] || accepted "$MSIX_ON" 1
		raw_end 0
		echo "after round $i: $(grep -c . /proc/interrupts) in Linux, $(xen_irqs) in Xen"
		# The first round or two set up what stays, of the host's.
		[ "$i" -ne 2 ] || linux=$(grep -c . /proc/interrupts) xen=$(xen_irqs)
	done
	[ "$(grep -c . /proc/interrupts)" -eq "$linux" ]
	[ "$xen" -gt 0 ]
	[ "$(xen_irqs)" -eq "$xen" ]
}

# What the page says

# poke_order FUNCTION ORDER...: when it is called the order says to write SPARE.
poke_order() {
	echo "$1 $AT_CMD 1 $AT_OFFSET 0x$SPARE $AT_VALUE 0xbad" >"$POKE"/plan
	shift
	raw_op 0 "$@"
	echo >"$POKE"/plan
	[ "$(<"$POKE/poked")" = 1 ]
	[ "$(config "$NIC_A" "$SPARE.l")" = 00000000 ]
}

# Reads may be answered at once, but for the first of a device.
double_fetch() {
	local devfn

	guest "$NIC_A"
	echo "$NIC_A" >"$PCIBACK/permissive"
	config "$NIC_A" "$SPARE.l=0"
	config "$NIC_A" 54.l=0
	devfn=$(raw_devfn 0 0)
	poke_order "$COPIED" "$RAW_WRITE" "$devfn" 0x54 4 0x77
	[ "$(config "$NIC_A" 54.l)" = 00000077 ]
	raw_op 0 "$RAW_READ" "$devfn" 0 4
	if [ "$DRIVER" = ng ]; then
		poke_order "$COPIED_AT_ONCE" "$RAW_READ" "$devfn" 0 4 | tee "$KTAP_DIR/answer"
		grep -qx "0 0x$(config "$NIC_A" 0.l)" "$KTAP_DIR/answer"
	fi
	raw_end 0
}

# Floods

# flood COUNT CMD VALUE: refused orders, one after the other.
flood() {
	local i devfn

	devfn=$(raw_devfn 0 0)
	for ((i = 0; i < $1; i++)); do
		echo "$2 0 0 $devfn 0 0 $3" >"$RAW_FILES/0/op"
		read -r answer _ <"$RAW_FILES/0/op"
		[ "$answer" -ne 0 ]
	done
}

# quiet NAME COMMAND...: ten lines in five seconds are what the kernel lets through.
quiet() {
	local from=$SECONDS lines

	kernel_log_note "$1"
	"${@:2}"
	lines=$(kernel_log_after "$1" | grep -vcE "$KERNEL_LOG_SLOW" || :)
	echo "$lines lines in $((SECONDS - from)) s"
	[ "$lines" -le $((12 * (1 + (SECONDS - from) / 5))) ]
}

log_msi() {
	guest "$NIC_A"
	accepted "$MSI_ON"
	quiet "flood by MSI" flood 300 "$MSI_ON" 0
	accepted "$MSI_OFF"
}

log_msix() {
	quiet "flood by MSI-X" flood 300 "$MSIX_ON" 129
	raw_end 0
}

# Its handler acknowledges when the work is done, not before.
late_acknowledge() {
	guest "$NIC_A"
	grep 'xen.*pciback$' /proc/interrupts | tee "$KTAP_DIR/lines"
	[ -s "$KTAP_DIR/lines" ]
	not grep -v lateeoi "$KTAP_DIR/lines"
	raw_end 0
}

# Of what a guest can write only its state is watched, by the xenbus core, which holds
# one event at a time.
watches() {
	not grep -q probes/watch "$PROBES_TRACEFS"/kprobe_events
	echo 'p:probes/watch register_xenbus_watch node=+0(+16(%di)):string' >>"$PROBES_TRACEFS"/kprobe_events
	echo 1 >"$PROBES_TRACEFS"/events/probes/watch/enable
	probes_forget
	guest "$NIC_A"
	sed -n 's/.* watch: .*node="\(.*\)"$/\1/p' "$PROBES_TRACEFS"/trace | tee "$KTAP_DIR/nodes"
	raw_end 0
	grep -q 'backend/pci/0/0$' "$KTAP_DIR/nodes"
	[ "$(grep -c "device/pci/0" "$KTAP_DIR/nodes")" -eq 1 ]
	grep -q 'device/pci/0/state$' "$KTAP_DIR/nodes"
}

# Ends

# As libxl does it: the reset, then the end of its mapping, then the end of the guest.
toolstack_reset() {
	if [ -e "$PCIBACK/do_flr" ]; then
		echo "$1" >"$PCIBACK/do_flr"
	else
		echo 1 >"/sys/bus/pci/devices/$1/reset"
	fi
}

masters() {
	[ $((16#$(config "$1" COMMAND) & 4)) -ne 0 ]
}

no_dma_after_reset() {
	guest "$NIC_A"
	cfg_write 0 0 04 2 7
	masters "$NIC_A"
	toolstack_reset "$NIC_A"
	echo "after the reset: COMMAND $(config "$NIC_A" COMMAND)"
	not masters "$NIC_A"
}

# All that a back-end can do about rights that others may have kept.
quiet_when_free() {
	guest "$NIC_A"
	cfg_write 0 0 04 2 7
	accepted "$MSI_ON"
	raw_end 0
	not masters "$NIC_A"
	[ $((16#$(config "$NIC_A" d2.w) & 1)) -eq 0 ]
	if [ "$DRIVER" = ng ]; then [ "$(attribute "$NIC_A" last_reset)" = ok ]; fi
}

# A guest that is nothing but entries in xenstore names a page that is not there.
grant_errors() {
	local back front=/local/domain/0/data/ghost ref

	back=$(raw_back 7)
	for ref in 0 60000 4294967295; do
		kernel_log_note "grant $ref"
		xenstore-write "$front/state" 1 "$front/pci-op-ref" "$ref" "$front/event-channel" 5000 \
			"$front/magic" 7 "$back/frontend" "$front" "$back/frontend-id" 0 \
			"$back/online" 1 "$back/num_devs" 1 "$back/dev-0" "$NIC_A" \
			"$back/state-0" 1 "$back/state" 1
		wait_for 10 raw_state_is 7 3
		xenstore-write "$front/state" 3
		wait_for 10 raw_state_is 7 5
		xenstore-write "$back/online" 0
		xenstore-write "$front/state" "$RAW_CLOSED"
		wait_for 10 raw_gone 7
		xenstore-rm "$back"
		xenstore-rm "$front"
	done
	kernel_log_clean
	# The device is as good as new.
	guest "$NIC_A"
	raw_end 0
}

# Reads, one after the other, for as long as the file is there.
keep_reading() {
	while echo "0 0 0 0 0 4 0"; do :; done >"$RAW_FILES/0/op" 2>/dev/null || :
}

closing() {
	local i pid

	for ((i = 0; i < 6; i++)); do
		guest "$NIC_A"
		keep_reading &
		pid=$!
		sleep 0.2
		raw_end 0 10
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	kernel_log_clean
}

# times SYMBOL: calls since probes_forget, for any device.
times() {
	grep -c " ${1#*:}: " "$PROBES_TRACEFS"/trace || :
}

prepared_by_host() {
	[ "$DRIVER" = ng ] || ktap_skip_this "the in-tree driver's call has no name to put a probe on"
	release "$NIC_A"
	probes_forget
	claim "$NIC_A"
	[ "$(times "$PREPARE")" -eq 1 ]
	guest "$NIC_A"
	cfg_write 0 0 04 2 7
	accepted "$MSIX_ON" 1
	accepted "$MSIX_OFF"
	raw_end 0
	[ "$(times "$PREPARE") $(times "$RELEASE")" = "1 0" ]
	release "$NIC_A"
	[ "$(times "$PREPARE") $(times "$RELEASE")" = "1 1" ]
	claim "$NIC_A"
}

bars_stay() {
	local reg

	for reg in 10 14 18 1c 20 24 30; do
		cfg_write 0 0 "$reg" 4 fee00000
		cfg_write 0 0 "$reg" 4 ffffffff
		cfg_write 0 0 "$reg" 4 0
		[ -z "$(cfg_written "$NIC_A" "$reg")" ]
	done
	cfg_write 0 0 a4 4 fee00000
	[ -z "$(cfg_written "$NIC_A" a4)" ]
}

# e8 is Device Control of the card, 200 its bit.
no_phantoms() {
	local value

	cfg_write 0 0 e8 2 2f10
	cfg_write 0 0 e9 1 2f
	[ $((16#$(cfg_seen 0 0 e4 4) & 0x18)) -eq 0 ]
	cfg_written "$NIC_A" e8 | tee "$KTAP_DIR/values"
	cfg_written "$NIC_A" e9 | sed 's/0x\(..*\)$/0x\100/' | tee -a "$KTAP_DIR/values"
	while read -r _ value; do
		[ $((${value#val=} & 0x200)) -eq 0 ]
	done <"$KTAP_DIR/values"
}

# The page with hypercalls in it is unsafe on some processors; the kernel knows better.
hypercalls() {
	imports_of "$MODULE" | grep -x '__SCT__xen_hypercall\|hypercall_page' | tee "$KTAP_DIR/way"
	[ "$(<"$KTAP_DIR/way")" = __SCT__xen_hypercall ]
}

unload() {
	raw_end 0
	probes_stop
	modprobe -r poke
	give_back "$NIC_A"
	wait_for 5 driver_is "$NIC_A" e1000e
	give_back "$SRIOV" || :
	show rmmod "${MODULE//-/_}"
}

ktap_plan 28
kernel_log_start
ktap_need "$MODULE and a raw front-end are loaded, two cards claimed" load
ktap_test "xsa_124_back_doors: registers that nobody has described are not written" back_doors
stock_fails "leaves permission to the next guest" \
	"xsa_131_strict: nothing passes unless somebody says so for this guest" restrictive
ktap_test "the card is as it was before that" clean_slate
ktap_test "xsa_120_decode: a guest never takes decode from the device, nor does its end" decode
ktap_test "xsa_126_stub_domain: nor does a device model that may control interrupts" stub_domain
stock_fails "passes them when permissive" \
	"xsa_128_msi_data: MSI address and data in the device are the host's" \
	in_each "$SRIOV" msi_data_stays
stock_fails "passes them when permissive" \
	"xsa_129_msi_mask: so are its mask bits" in_each "$SRIOV" msi_mask_stays
ktap_test "xsa_157_msi_order: kinds of interrupt on and off in any order" msi_order
ktap_test "xsa_164_table_bounds: more MSI-X entries than there are" table_bounds
case $(uname -r) in
6.1.*) ktap_test "xsa_164_table_index: MSI-X entries that are not there" table_index ;;
*) stock_fails "leaves it to Xen, as the PCI core does since 6.2; each try is logged" \
	"xsa_164_table_index: MSI-X entries that are not there" table_index ;;
esac
ktap_test "xsa_237_pirq: a guest does not choose its pirq" chosen_pirq
ktap_test "xsa_356_irq_teardown: a guest's interrupts go with it, in Linux and Xen" irq_teardown
ktap_test "xsa_155_double_fetch: an order is copied once" double_fetch
ktap_test "xsa_043_log: a guest cannot fill the log by MSI" log_msi
ktap_test "xsa_130_log: nor by MSI-X" log_msix
ktap_test "xsa_332_events: events are acknowledged after the work" late_acknowledge
ktap_test "xsa_349_watches: nothing is watched that a guest can flood" watches
stock_fails "has no reset of its own, the PCI core's leaves DMA on" \
	"xsa_302_dma: after the toolstack's reset the device starts no DMA" no_dma_after_reset
ktap_test "xsa_476_free: a device that nobody has is reset and silent" quiet_when_free
ktap_test "xsa_362_grants: a page that cannot be mapped is an error and no more" grant_errors
ktap_test "xsa_441_closing: a guest closes in the middle of its orders" closing
ktap_test "xsa_087_prepare: Xen is told of MSI-X by the host, at claim and release" prepared_by_host
stock_fails "lets it try when permissive" \
	"xsa_337_bars: a guest does not say where its MSI-X table is" in_each "$NIC_A" bars_stay
stock_fails "passes it when permissive" \
	"xsa_449_phantom: phantom functions stay off" in_each "$NIC_A" no_phantoms
ktap_test "xsa_466_hypercalls: they are the kernel's" hypercalls
ktap_resume
ktap_test "all goes back to dom0, $MODULE unloads" unload
ktap_test "the kernel log is clean" kernel_log_clean
ktap_finish

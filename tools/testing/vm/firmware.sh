# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2054,SC2154  # shared with run.sh; commas are QEMU's
#
# Machines whose firmware reserves memory for devices (RMRRs), which QEMU's never does.
# To be sourced by run.sh.  A suite has one with this line in its header:
#
#   # vm: firmware reserves memory
#
# The table comes from the initramfs (acpi_tables.py); the memory itself is kept out of
# Linux's hands by memmap=, as firmware would by its memory map.  64 KB for each of:
#
#   RDM_EDU    an `edu`, QEMU's card that does DMA wherever it is told to
#   RDM_USB    a USB controller: those Linux lets go in spite of it
#   RDM_PORT   an empty port: QEMU's name of it; what is plugged there is RDM_PLUG
#   RDM_PCI    a bridge to conventional PCI; two e1000, RDM_PCI_A and RDM_PCI_B, behind it
#   RDM_NIC    an e1000e
#   RDM_PAIR   another `edu`, which shares its memory with NIC_B
#   SRIOV      the 82576, but not its VFs
#
# Where that memory starts is in ..._AT of each name (RDM_EDU_AT ...), RDM_SIZE is how
# long it is.  NIC_A, DISK, MULTI and EDU, one more `edu`, have none.

RDM_SIZE=0x10000
RDM_BASE=0x38000000
RDM_NAMES='EDU USB PLUG PCI NIC PAIR SRIOV'

# Behind ports at 10.0 and up: all other cards keep their addresses.  A path of an RMRR
# starts at the port; those at 2.0 and 6.0 are rp1 and rp5.  dma_mask: else an edu cannot
# reach beyond 256 MB.
firmware_devices() {
	qemu_port 16 10.0
	QEMU+=(-device "edu,bus=rp16,dma_mask=0xffffffffffffffff")
	qemu_port 17 11.0
	QEMU+=(-device "qemu-xhci,bus=rp17")
	qemu_port 18 12.0
	qemu_bridge
	qemu_port 20 14.0
	qemu_nic 20 e1000e
	qemu_port 21 15.0
	QEMU+=(-device "edu,bus=rp21,dma_mask=0xffffffffffffffff")
	qemu_port 23 16.0
	QEMU+=(-device "edu,bus=rp23,dma_mask=0xffffffffffffffff")
}

# rdm_at NAME: where the memory for it starts.
rdm_at() {
	local name start=$RDM_BASE

	for name in $RDM_NAMES; do
		[ "$name" != "$1" ] || break
		start=$((start + RDM_SIZE))
	done
	printf '0x%x\n' "$start"
}

# rdm NAME SCOPES: as acpi_tables.py wants it.
rdm() {
	local start

	start=$(rdm_at "$1")
	printf '%x-%x=%s\n' "$start" $((start + RDM_SIZE - 1)) "$2"
}

# An archive with the table, for the very front of the initramfs.
firmware_tables() {
	local dir=kernel/firmware/acpi table=$RUN/firmware/kernel/firmware/acpi/DMAR.aml

	mkdir -p "$RUN/firmware/$dir"
	"$here/acpi_tables.py" dmar \
		"$(rdm EDU endpoint:10.0/0.0)" \
		"$(rdm USB endpoint:11.0/0.0)" \
		"$(rdm PLUG endpoint:12.0/0.0)" \
		"$(rdm PCI bridge:13.0/0.0)" \
		"$(rdm NIC endpoint:14.0/0.0)" \
		"$(rdm PAIR endpoint:15.0/0.0,endpoint:06.0/0.0)" \
		"$(rdm SRIOV endpoint:02.0/0.0)" >"$table"
	# Names without "./": the kernel looks for this path as it is.
	(cd "$RUN/firmware" && printf '%s\n' kernel kernel/firmware $dir "$dir/${table##*/}" |
		"$IMAGE/root/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null)
	rm -r "$RUN/firmware"
}

firmware_options() {
	echo "memmap=1M\$$RDM_BASE"
}

# Bus numbers: one a port, in the order of the ports; native machines have two more.
firmware_settings() {
	local first=6 name

	[ "$MACHINE" != native ] || first=8
	printf 'export RDM_EDU=0000:%02x:00.0 RDM_USB=0000:%02x:00.0\n' $first $((first + 1))
	printf 'export RDM_PORT=rp18 RDM_PLUG=0000:%02x:00.0\n' $((first + 2))
	printf 'export RDM_PCI=0000:%02x:00.0\n' $((first + 3))
	printf 'export RDM_PCI_A=0000:%02x:01.0 RDM_PCI_B=0000:%02x:02.0\n' \
		$((first + 4)) $((first + 4))
	printf 'export RDM_NIC=0000:%02x:00.0 RDM_PAIR=0000:%02x:00.0\n' \
		$((first + 5)) $((first + 6))
	printf 'export EDU=0000:%02x:00.0 RDM_SIZE=%s\n' $((first + 7)) $RDM_SIZE
	for name in $RDM_NAMES; do
		echo "export RDM_${name}_AT=$(rdm_at "$name")"
	done
}

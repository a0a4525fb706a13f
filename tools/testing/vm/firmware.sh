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
# RDM_PAIR and NIC_B share as much below 1 MB (RDM_LOW_AT), as the cards of a ProLiant do.
#
# Where that memory starts is in ..._AT of each name (RDM_EDU_AT ...), RDM_SIZE is how
# long it is.  NIC_A, DISK, MULTI and EDU, one more `edu`, have none.
#
# With the line "# vm: AMD IOMMU" it is that one, and there are RDM_EDU, RDM_PAIR and
# RDM_PAIR_B, which share one range, and EDU: all of them `edu` on the root bus.
#
# A Xen machine has the RMRRs of a ProLiant Gen8 (addresses as its kernel log has them) with
#
#   # vm: firmware of a ProLiant
#
# Each of them is for the SATA controller, DISK as its RAID controller, the VGA card as its
# iLO, and all network cards. PROLIANT_REGIONS has them, START-END with blanks between. Xen
# has to read the same table as dom0, so this one comes with the machine's own (hide_dmar.S);
# most of that memory is in what q35 reserves for PCI's configuration space.

RDM_SIZE=0x10000
RDM_BASE=0x38000000
RDM_LOW=0x60000
RDM_NAMES='EDU USB PLUG PCI NIC PAIR SRIOV'

PROLIANT_REGIONS='bdffd000-bdffffff bdff6000-bdffcfff bdf83000-bdf84fff bdf7f000-bdf82fff
bdf6f000-bdf7efff bdf6e000-bdf6efff f4000-f4fff e8000-e8fff'
PROLIANT_CARDS='1f.2 04.0/0.0 01.0 02.0/0.0 03.0/0.0 05.0/0.0 05.0/0.1 06.0/0.0'

# Without dma_mask it cannot reach beyond 256 MB.
EDU=edu,dma_mask=0xffffffffffffffff

# Behind ports at 10.0 and up: all other cards keep their addresses.  A path of an RMRR
# starts at the port; those at 2.0 and 6.0 are rp1 and rp5.
firmware_devices_intel() {
	qemu_port 16 10.0
	QEMU+=(-device "$EDU,bus=rp16")
	qemu_port 17 11.0
	QEMU+=(-device "qemu-xhci,bus=rp17")
	qemu_port 18 12.0
	qemu_bridge
	qemu_port 20 14.0
	qemu_nic 20 e1000e
	qemu_port 21 15.0
	QEMU+=(-device "$EDU,bus=rp21")
	qemu_port 23 16.0
	QEMU+=(-device "$EDU,bus=rp23")
}

# On the root bus: QEMU's AMD IOMMU takes whatever is behind a port for the device 00.0.
# Behind all other cards: it takes the next free place there, and they keep theirs.
# pt=off: with "on", QEMU 10 translates nothing at all.  intremap=off: with "on", the
# timer's interrupt does not arrive; see firmware_options.
firmware_devices_amd() {
	QEMU+=(-device "amd-iommu,intremap=off,pt=off"
	       -device "$EDU,addr=18.0" -device "$EDU,addr=19.0"
	       -device "$EDU,addr=1a.0" -device "$EDU,addr=1b.0")
}

# The table, and the option ROM that makes it the only one of its name.
firmware_devices_proliant() {
	firmware_table_proliant >"$RUN/dmar.aml"
	option_rom hide_dmar >"$RUN/hide_dmar.rom"
	QEMU+=(-acpitable "file=$RUN/dmar.aml" -option-rom "$RUN/hide_dmar.rom")
}

# option_rom NAME: assembled; the last byte makes the sum of all of them 0.
option_rom() {
	local rom=$RUN/$1.bin sum

	cc -m32 -c -o "$RUN/$1.o" "$here/$1.S" &&
		ld -m elf_i386 -Ttext 0 --oformat binary -o "$rom" "$RUN/$1.o" ||
		die "cannot assemble $1.S; cure: tools/deps.sh build"
	sum=$(od -An -v -tu1 -w1 "$rom" | awk '{ sum += $1 } END { print sum % 256 }')
	head -c -1 "$rom"
	# shellcheck disable=SC2059  # the format is the byte
	printf "\\x$(printf %x $(((256 - sum) % 256)))"
	rm "$rom" "$RUN/$1.o"
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
	[ "$1" != LOW ] || start=$RDM_LOW
	printf '%x-%x=%s\n' "$start" $((start + RDM_SIZE - 1)) "$2"
}

firmware_table_intel() {
	"$here/acpi_tables.py" dmar \
		"$(rdm EDU endpoint:10.0/0.0)" \
		"$(rdm USB endpoint:11.0/0.0)" \
		"$(rdm PLUG endpoint:12.0/0.0)" \
		"$(rdm PCI bridge:13.0/0.0)" \
		"$(rdm NIC endpoint:14.0/0.0)" \
		"$(rdm PAIR endpoint:15.0/0.0,endpoint:06.0/0.0)" \
		"$(rdm SRIOV endpoint:02.0/0.0)" \
		"$(rdm LOW endpoint:15.0/0.0,endpoint:06.0/0.0)"
}

firmware_table_amd() {
	local iommu=7.0

	[ "$MACHINE" != native ] || iommu=9.0
	"$here/acpi_tables.py" ivrs $iommu \
		"$(rdm EDU endpoint:18.0)" \
		"$(rdm PAIR endpoint:1a.0,endpoint:1b.0)"
}

firmware_table_proliant() {
	local card region scope='' args=()

	for card in $PROLIANT_CARDS; do
		scope=$scope${scope:+,}endpoint:$card
	done
	for region in $PROLIANT_REGIONS; do
		args+=("$region=$scope")
	done
	"$here/acpi_tables.py" dmar "${args[@]}"
}

# An archive with the table, for the very front of the initramfs.
firmware_archive() {
	local dir=kernel/firmware/acpi name=DMAR.aml

	[ "$FIRMWARE" != proliant ] || return 0
	[ "$FIRMWARE" = intel ] || name=IVRS.aml
	mkdir -p "$RUN/firmware/$dir"
	"firmware_table_$FIRMWARE" >"$RUN/firmware/$dir/$name"
	# Names without "./": the kernel looks for this path as it is.
	(cd "$RUN/firmware" && printf '%s\n' kernel kernel/firmware $dir $dir/$name |
		"$IMAGE/root/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null)
	rm -r "$RUN/firmware"
}

# AMD: noapic, for no interrupt comes through QEMU's IOAPIC then, that of the serial port
# that the suite writes to included.  iommu=pt: what is behind ports, and taken for 00.0,
# would share the address space of that one.
firmware_options() {
	echo "memmap=1M\$$RDM_BASE memmap=64K\$$RDM_LOW"
	[ "$FIRMWARE" != amd ] || echo "iommu=pt noapic"
}

# Bus numbers: one a port, in the order of the ports; native machines have two more.
firmware_settings_intel() {
	local first=6

	[ "$MACHINE" != native ] || first=8
	printf 'export RDM_EDU=0000:%02x:00.0 RDM_USB=0000:%02x:00.0\n' $first $((first + 1))
	printf 'export RDM_PORT=rp18 RDM_PLUG=0000:%02x:00.0\n' $((first + 2))
	printf 'export RDM_PCI=0000:%02x:00.0\n' $((first + 3))
	printf 'export RDM_PCI_A=0000:%02x:01.0 RDM_PCI_B=0000:%02x:02.0\n' \
		$((first + 4)) $((first + 4))
	printf 'export RDM_NIC=0000:%02x:00.0 RDM_PAIR=0000:%02x:00.0\n' \
		$((first + 5)) $((first + 6))
	printf 'export EDU=0000:%02x:00.0\n' $((first + 7))
}

firmware_settings_amd() {
	echo 'export RDM_EDU=0000:00:18.0 EDU=0000:00:19.0'
	echo 'export RDM_PAIR=0000:00:1a.0 RDM_PAIR_B=0000:00:1b.0'
}

firmware_settings() {
	local name

	if [ "$FIRMWARE" = proliant ]; then
		echo "export PROLIANT_REGIONS='${PROLIANT_REGIONS//$'\n'/ }'"
		return
	fi
	"firmware_settings_$FIRMWARE"
	echo "export FIRMWARE=$FIRMWARE RDM_SIZE=$RDM_SIZE RDM_LOW_AT=$RDM_LOW"
	for name in $RDM_NAMES; do
		echo "export RDM_${name}_AT=$(rdm_at "$name")"
	done
}

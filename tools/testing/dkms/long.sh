# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2317  # here is life.sh's; test functions are called by name
#
# The rest of a life, for life.sh, whose functions and variables it uses: a second kernel
# comes and goes by apt, comes again with headers that our modules do not compile with, and
# with headers that one of them does not compile with; and make install.  Where an
# administrator would reboot, boot.sh does.

# shellcheck source=tools/testing/dkms/boot.sh
. "$here/boot.sh"

# shellcheck disable=SC2034  # life.sh's
LONG_TESTS=$((15 + BOOT_TESTS))

apt() {
	system env DEBIAN_FRONTEND=noninteractive apt-get -qq --no-install-recommends "$@" 2>&1
}

# second_packages: image and headers of a newer kernel, of the same release.
second_packages() {
	case $RELEASE in
	bookworm) echo linux-image-6.12-amd64 linux-headers-6.12-amd64 ;;
	trixie) echo -t trixie-backports linux-image-amd64 linux-headers-amd64 ;;
	esac
}

# second: the version of the kernel that is not the first.
second() {
	# shellcheck disable=SC2153  # of life.sh
	find "$ROOT/boot" -name 'vmlinuz-*' ! -name "vmlinuz-$KERNEL" -printf '%f\n' | sed 's/vmlinuz-//'
}

signed() {
	apt install openssl
	files >"$RUN/before"
	in_tree make dkms-install | tee "$RUN/install.log"
	not grep 'cannot sign' "$RUN/install.log"
	[ "$(system modinfo -k "$KERNEL" -F signer pciback-ng)" = 'DKMS module signing key' ]
}

# As an administrator does; by the new name, for xen-pciback does not load without Xen.
hidden() {
	hide "$HIDE" pciback-ng
	system update-initramfs -u -k "$KERNEL" 2>&1 | tee "$RUN/hidden.log"
	not grep '^W: pciback-ng' "$RUN/hidden.log"
}

# by_grub LIST: nothing but /etc/default/grub says what is hidden.
by_grub() {
	apt install grub-pc-bin grub2-common
	rm -f "$ROOT/etc/modprobe.d/hide.conf"
	system update-initramfs -u -k "$KERNEL"
	grub_defaults "$1" >"$ROOT/etc/default/grub"
	cat "$ROOT/etc/default/grub"
}

# It would look for the disk whenever a kernel comes.
without_grub() {
	apt purge grub-pc-bin grub2-common grub-common
	rm -f "$ROOT/etc/default/grub"
	hidden
}

second_kernel() {
	local packages

	read -ra packages < <(second_packages)
	apt install "${packages[@]}"
	second >"$RUN/second"
	cat "$RUN/second"
	system dkms status | grep "$(cat "$RUN/second").*: installed"
	image "$(cat "$RUN/second")" >"$RUN/image"
	grep 'updates/dkms/pciback-ng.ko' "$RUN/image"
	typed "$(cat "$RUN/second")" xen-pciback >"$RUN/typed"
	grep "$(cat "$RUN/second")/updates/dkms/pciback-ng.ko" "$RUN/typed"
}

# purge_second COMMAND...: packages with the version of the second kernel in their names.
purge_second() {
	local kernel packages

	kernel=$(cat "$RUN/second")
	# shellcheck disable=SC2016  # dpkg's
	mapfile -t packages < <(system dpkg-query -W -f '${Package}\n' 'linux-*' | grep -F "${kernel%-amd64}")
	"$@" "${packages[@]}" 2>&1
}

kernel_goes() {
	purge_second apt purge
	[ -z "$(second)" ]
	[ -f "$ROOT/usr/lib/pciback-ng/load-driver" ]
	system dkms status | grep "$KERNEL.*: installed"
	typed "$KERNEL" xen-pciback | grep 'updates/dkms/pciback-ng.ko'
}

# comes_with HEADER: the second kernel again, from packages in apt's cache, with an error in
# a header before anything is compiled.
comes_with() {
	local packages kernel

	kernel=$(cat "$RUN/second")
	read -ra packages < <(second_packages)
	apt install --download-only "${packages[@]}"
	system sh -c "dpkg --unpack /var/cache/apt/archives/linux-*${kernel%-amd64}*.deb" >/dev/null
	find "$ROOT"/usr/src/linux-headers-*"${kernel%-amd64}"*/ -path "*/include/linux/$1" -exec sed -i '1i #error "this header is broken"' {} +
	grep -rl 'this header is broken' "$ROOT"/usr/src/linux-headers-*/include/linux/"$1"
	system dpkg --configure -a 2>&1 || :
}

does_not_build() {
	local kernel

	kernel=$(cat "$RUN/second")
	comes_with pci.h >"$RUN/broken.log"
	cat "$RUN/broken.log"
	not grep -q . < <(find "$ROOT/usr/lib/modules/$kernel" -name 'pciback-ng.ko*')
	[ -f "$ROOT/usr/lib/pciback-ng/load-driver" ]
}

# As Documentation/install.rst has it: without DKMS the kernel's packages get configured.
broken_kernel_stands_in() {
	local kernel

	kernel=$(cat "$RUN/second")
	touch "$ROOT/etc/dkms/no-autoinstall"
	system dpkg --configure -a 2>&1 | tee "$RUN/configure.log"
	rm "$ROOT/etc/dkms/no-autoinstall"
	grep "W: pciback-ng: not installed for kernel $kernel" "$RUN/configure.log"
	stands_in "$kernel"
	not booted "$kernel" --unit
}

one_does_not_build() {
	local kernel

	kernel=$(cat "$RUN/second")
	purge_second system dpkg --purge --force-all
	comes_with sort.h >"$RUN/one.log"
	cat "$RUN/one.log"
	grep "pciback-ng: kernel $kernel has NO iommu-ext" "$RUN/one.log"
	system dkms status | grep "$kernel.*: installed"
	system modinfo -k "$kernel" -F description iommu-ext | grep 'Absent:'
	system modinfo -k "$kernel" -F description pciback-ng | grep 'Gives PCI devices'
	system modinfo -k "$kernel" -F depends sriov-mbox-xen | grep pciback-ng
	typed "$kernel" xen-pciback | grep 'updates/dkms/pciback-ng.ko'
}

all_removed() {
	local kernel

	kernel=$(cat "$RUN/second")
	remove_by in_tree make dkms-remove
	images_without "$KERNEL" "$kernel"
	not grep -E 'pciback-ng|iommu-ext|sriov-(mbox|vf)|pt-core' < <(files)
}

no_compressor() {
	[ "$RELEASE" = trixie ] || ktap_skip_this "this release's kernels compress no modules"
	mv "$ROOT/usr/bin/xz" "$ROOT/usr/bin/xz.bak"
	files >"$RUN/before"
	in_tree make install KVER="$KERNEL" >"$RUN/xz.log" 2>&1 && status=0 || status=$?
	mv "$ROOT/usr/bin/xz.bak" "$ROOT/usr/bin/xz"
	cat "$RUN/xz.log"
	[ "$status" != 0 ]
	grep 'no program xz, .*; cure: apt-get install xz-utils' "$RUN/xz.log"
	not grep -E 'pciback-ng' < <(files)
}

made() {
	in_tree make install KVER="$KERNEL" 2>&1 | grep -v '^  '
	[ -f "$ROOT/usr/lib/pciback-ng/modules-$KERNEL" ]
	[ -f "$ROOT/usr/lib/pciback-ng/Module.symvers-$KERNEL" ]
	hide "$HIDE"
	typed "$KERNEL" xen-pciback | grep 'updates/drivers/pciback-ng/pciback-ng.ko'
}

# The list of an older version is not there.
unmade() {
	in_tree make clean
	in_tree make uninstall 2>&1 | tee "$RUN/uninstall.log"
	rm -f "$ROOT/etc/modprobe.d/hide.conf"
	not grep -E 'pciback-ng|iommu-ext|sriov-mbox|pt-core' < <(files)
}

unmade_without_list() {
	in_tree make install KVER="$KERNEL" >/dev/null 2>&1
	rm -f "$ROOT/usr/lib/pciback-ng/"{modules-*,files}
	unmade
}

one_of_two() {
	next_kernel
	in_tree make install KVER="$KERNEL" >/dev/null 2>&1
	in_tree make install KVER="$NEXT" KDIR="/lib/modules/$KERNEL/build" >/dev/null 2>&1
	in_tree make uninstall KVER="$NEXT" | tee "$RUN/uninstall.log"
	grep "still have the modules: $KERNEL" "$RUN/uninstall.log"
	[ -f "$ROOT/usr/lib/pciback-ng/load-driver" ]
	not grep -q . < <(find "$ROOT/usr/lib/modules/$NEXT" -name 'pciback-ng.ko*')
	unmade
}

long_life() {
	rm -rf "$ROOT/usr/lib/modules/$NEXT" "$ROOT/usr/src/linux-headers-$NEXT" "$ROOT/boot/initrd.img-$NEXT"
	prepare_boots
	ktap_need "make dkms-install with openssl installs modules that are signed" signed
	ktap_need "devices are hidden by a line in modprobe.d and update-initramfs" hidden
	boot_test first "$KERNEL" native boot_held "rebooted, pciback-ng has the cards, which no other driver has seen"
	ktap_need "GRUB is installed, a hide list written into /etc/default/grub" \
		by_grub '(0000:02:00.0,policy=permissive)(8086:10c9)'
	boot_test grub "$KERNEL" grub boot_by_grub "booted by GRUB, the whole list is in force (case D6)"
	grub_defaults '(0000:02:00.0;policy=permissive)(8086:10c9)' >"$ROOT/etc/default/grub"
	boot_test grub-cut "$KERNEL" grub boot_cut_by_grub "a list that GRUB has cut at ';' is named in the log (case D6)"
	ktap_need "GRUB is taken away again" without_grub
	ktap_need "a second kernel by apt gets the modules, in its initramfs, too" second_kernel
	boot_test second "$(second)" native boot_held "so it has them when that kernel is booted"
	ktap_need "when that kernel goes, the first keeps everything" kernel_goes
	ktap_need "a kernel by apt whose headers our modules do not compile with leaves the rest in place (case D8)" does_not_build
	ktap_test "its initramfs and the old names lead to the in-tree drivers, loudly (case D8)" broken_kernel_stands_in
	boot_test absent "$(second)" native boot_stands_in "booted, pci-stub has its card from the first on, and console and unit tell (case D8)"
	boot_test absent-xen "$(second)" xen boot_stands_in_with_xen "with Xen, the in-tree xen-pciback has the other, too (case D8)"
	ktap_test "where iommu-ext alone does not compile, the others are installed, and it is named" one_does_not_build
	ktap_test "make dkms-remove leaves no file of ours, nor in the images (case D9)" all_removed
	boot_test removed "$KERNEL" native boot_has_stock "rebooted, the stock drivers have the cards (case D9)"
	if [ -n "$KTAP_STOPPED" ]; then
		in_tree make dkms-remove >/dev/null 2>&1 || :
		ktap_resume
	fi
	ktap_test "make install names the compressor that is missing, and changes nothing (case D9)" no_compressor
	ktap_test "make install installs what DKMS does" made
	ktap_test "make uninstall works after make clean (case D9)" unmade
	ktap_test "make uninstall works without the list that make install has left (case D9)" unmade_without_list
	ktap_test "make uninstall KVER= leaves the other kernel all it needs (case D9)" one_of_two
}

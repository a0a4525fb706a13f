# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Provide the compiler that a kernel's headers name, and a C library that is new enough
# for their programs (fixdep, modpost, objtool).  Another compiler rejects options that
# the kernel's configuration turns on: -fmin-function-alignment is gcc 14's.
#
# A host of the kernel's own release has both.  Elsewhere they come from the kernel's
# suite, unpacked beside it; patchelf then makes each program start with the loader and
# the libraries that it was linked with.  To be sourced by kernels.sh.

# compiler_of KDIR: the compiler that the headers name, gcc-12 or the like.
compiler_of() {
	sed -n 's/^CC\b.*\b\(gcc-[0-9]\+\)\( .*\)\?$/\1/p' "$1/.kernelvariables"
}

# programs_start KERNEL: do the headers' programs find the C library that they want?
# objtool and modpost are the ones that want the newest.
programs_start() {
	local file

	while read -r file; do
		! "$file" </dev/null 2>&1 | grep -q 'GLIBC_\|error while loading' || return 1
	done < <(find "$1"/usr/lib/linux-kbuild-* -type f -perm /111 \
		\( -name 'objtool*' -o -name 'modpost*' \))
}

# set_loader ROOT FILE...: those of FILE that are dynamically linked programs.  --force-rpath:
# so that libraries find theirs, too.
set_loader() {
	local lib=$1/usr/lib/x86_64-linux-gnu loader file

	loader=$(debs_loader "$1")
	shift
	for file; do
		patchelf --print-interpreter "$file" >/dev/null 2>&1 || continue
		patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$lib" "$file" ||
			die "patchelf failed on $file (see above)"
	done
}

# own_toolchain KERNEL KDIR COMPILER
own_toolchain() {
	local kernel=$1 kdir=$2 compiler=$3 tools=$1/tools files kbuild

	note "fetching $compiler and its libraries for ${kdir##*/}: this host has others"
	command -v patchelf >/dev/null || die "no patchelf; cure: tools/deps.sh build"
	rm -rf "$tools" "$tools.tmp"
	debs_update
	kbuild=$(basename "$kernel"/usr/lib/linux-kbuild-*)
	debs_closure "$compiler" "$kbuild" | debs_unpack "$tools.tmp"
	rm -rf "$tools.tmp"/usr/share "$tools.tmp/usr/lib/$kbuild"
	mv "$tools.tmp" "$tools"
	mapfile -t files < <(find "$kernel/usr/lib/$kbuild" "$tools/usr/bin" "$tools/usr/libexec" \
		"$tools/usr/lib/gcc" -type f -perm /111)
	set_loader "$tools" "${files[@]}"
	# -B: with its own assembler, for an older one does not know all that it says.
	sed -i "s|^CC\b.*|CC = $tools/usr/bin/$compiler -B$tools/usr/bin/|" "$kdir/.kernelvariables"
	touch "$tools/ready"
}

# toolchain KERNEL: make sure that modules can be built with the headers in this folder.
toolchain() {
	local kernel=$1 kdir compiler

	[ ! -f "$kernel/tools/ready" ] || return 0
	read -r _ _ kdir _ <"$kernel/line"
	compiler=$(compiler_of "$kdir")
	[ -n "$compiler" ] || die "$kdir/.kernelvariables names no compiler"
	if command -v "$compiler" >/dev/null && programs_start "$kernel"; then
		return
	fi
	cache_lock
	[ -f "$kernel/tools/ready" ] || own_toolchain "$kernel" "$kdir" "$compiler"
}

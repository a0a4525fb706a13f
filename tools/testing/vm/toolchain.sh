# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a kernel's headers want on the host that builds for it: the compiler that they
# name, and a C library that is new enough for the programs that come along (fixdep,
# modpost, objtool).  Another compiler does not know the options that this kernel's
# configuration turns on, or knows others (-fmin-function-alignment is gcc 14's).
#
# A host of the kernel's own release has both.  Elsewhere they come from the kernel's
# suite, unpacked beside it; patchelf then makes each program start with the loader and
# the libraries that it was linked with.  To be sourced by kernels.sh.

# compiler_of KDIR: its name, gcc-12 or the like.
compiler_of() {
	sed -n 's/^CC\b.*\b\(gcc-[0-9]*\)$/\1/p' "$1/.kernelvariables"
}

# A program of another release does not start; fixdep without arguments ends with 1.
runs_here() {
	local status=0

	"$1/scripts/basic/fixdep" >/dev/null 2>&1 || status=$?
	[ "$status" -eq 1 ] && ! "$1/scripts/basic/fixdep" 2>&1 | grep -q 'GLIBC_'
}

# set_loader ROOT FILE...: those of FILE that are dynamically linked programs.
set_loader() {
	local lib=$1/usr/lib/x86_64-linux-gnu loader file

	loader=$(debs_loader "$1")
	shift
	for file; do
		patchelf --print-interpreter "$file" >/dev/null 2>&1 || continue
		patchelf --set-interpreter "$loader" --set-rpath "$lib" "$file" ||
			die "patchelf failed on $file (see above)"
	done
}

# own_toolchain KERNEL KDIR COMPILER
own_toolchain() {
	local kernel=$1 kdir=$2 compiler=$3 tools=$1/tools files kbuild

	note "fetching $compiler for ${kdir##*/}, which this host has not"
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
	sed -i "s|^CC\b.*|CC = $tools/usr/bin/$compiler|" "$kdir/.kernelvariables"
	touch "$tools/ready"
}

# toolchain KERNEL: make sure that the headers in this folder can be built with.
toolchain() {
	local kernel=$1 kdir compiler

	[ ! -f "$kernel/tools/ready" ] || return 0
	read -r _ _ kdir _ <"$kernel/line"
	compiler=$(compiler_of "$kdir")
	[ -n "$compiler" ] || die "$kdir/.kernelvariables names no compiler"
	if command -v "$compiler" >/dev/null && runs_here "$kdir"; then
		return
	fi
	cache_lock
	[ -f "$kernel/tools/ready" ] || own_toolchain "$kernel" "$kdir" "$compiler"
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Configure one build directory with the kernel's own Kconfig program.
#
#   kconfig.sh KDIR BUILD olddefconfig|syncconfig|menuconfig
#
# The answers are in BUILD/.config. What the build reads is made from them:
# BUILD/config/auto.conf (make) and BUILD/config/autoconf.h (C). Facts about the
# kernel itself reach Kconfig through KDIR (see the top Kconfig).
set -eu

KDIR=$1
build=$2
what=$3
conf=$KDIR/scripts/kconfig/conf
mconf=$KDIR/scripts/kconfig/mconf

export KDIR
export srctree="$build"
export KCONFIG_CONFIG="$build/.config"
export KCONFIG_AUTOCONFIG="$build/config/auto.conf"
export KCONFIG_AUTOHEADER="$build/config/autoconf.h"
export KCONFIG_RUSTCCFG="$build/config/rustc_cfg"

# Kernel trees that were never configured, and some distributions, have no conf
# program. Then every option has its default, read with a ruler: a plain
# "default y" or "default m" counts, conditions do not.
builtin_defaults()
{
	echo "kconfig: $conf is not there: every option gets its default" >&2
	mkdir -p "$build/config"
	find "$build" -name Kconfig -exec awk '
		/^config / { name = $2 }
		/^\t(default|def_bool|def_tristate) [ym]/ && name !~ /^(MODULES|KERNEL_)/ { print "CONFIG_" name "=" $2 }
	' {} + >"$build/config/auto.conf"
	sed 's/^\(.*\)=y/#define \1 1/; s/^\(.*\)=m/#define \1_MODULE 1/' \
		"$build/config/auto.conf" >"$build/config/autoconf.h.new"
	cmp -s "$build/config/autoconf.h.new" "$build/config/autoconf.h" ||
		cp "$build/config/autoconf.h.new" "$build/config/autoconf.h"
}

# conf touches its outputs whenever it runs; make would rebuild everything.
sync_config()
{
	mkdir -p "$build/config"
	"$conf" --olddefconfig "$build/Kconfig" >/dev/null
	if cmp -s "$KCONFIG_CONFIG" "$build/config/seen" && [ -f "$KCONFIG_AUTOHEADER" ]; then
		return
	fi
	(cd "$build" && "$conf" --syncconfig Kconfig)
	cp "$KCONFIG_CONFIG" "$build/config/seen"
}

if [ ! -x "$conf" ]; then
	builtin_defaults
	exit
fi

case $what in
olddefconfig)
	"$conf" --olddefconfig "$build/Kconfig" >/dev/null
	echo "configuration: $KCONFIG_CONFIG"
	;;
menuconfig)
	if [ -x "$mconf" ]; then
		"$mconf" "$build/Kconfig"
	else
		"$conf" --oldaskconfig "$build/Kconfig"
	fi
	;;
syncconfig)
	sync_config
	;;
*)
	echo "kconfig: unknown verb $what" >&2
	exit 1
	;;
esac

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Comes before the first line of every file (-include, see the top Kbuild): our
 * configuration, what the kernel offers, and which version this is. It has macros
 * only: a kernel header here would come too early for a file's own pr_fmt(). The shims
 * themselves are in compat/include/, in headers of the same name as the kernel's.
 *
 * Our code is written to the API of Linux 7.3.
 */
#ifndef COMPAT_COMPAT_H
#define COMPAT_COMPAT_H

#include "../config/autoconf.h"
#include "generated/kfeatures.h"
#include "generated/version.h"

/* Where scripts/install.sh puts README.md and Documentation/; for modinfo. */
#define SUITE_DOCUMENTATION "/usr/share/doc/pciback-ng/"

/* Stable updates gave older kernels the word; Debian 12 began with one that lacks it. */
#if !defined(HAVE_COUNTED_BY) && !defined(__counted_by)
#define __counted_by(member)
#endif

#endif /* COMPAT_COMPAT_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options that a toolstack gives a device, node opts-N of xenstore:
 *
 *   options = option { "," option }
 *   option  = "permissive=" ( "0" / "1" )
 *           / "policy=" ( "strict" / "standard" / "permissive" )
 *           / any other word			for somebody else
 *
 * libxl writes "msitranslate=0,power_mgmt=0,permissive=0,rdm_policy=strict".
 *
 * Pure logic: compiles in user space, no locks.
 */
#ifndef PBNG_XEN_OPTS_CORE_H
#define PBNG_XEN_OPTS_CORE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kshim.h"
#endif

#include "../policy.h"

#define PBNG_OPTS_TEXT	128	/* the longest that is read, with its end */

/**
 * pbng_opts_policy() - what the options say about the policy
 * @text: the options, terminated
 * @policy: the policy, or PBNG_POLICY_DEFAULT when they say nothing; with both
 *	    options, or one of them twice, the last counts; unchanged on failure
 *
 * "permissive=0" says nothing: it is what libxl writes for a device that was
 * given no option, and must not undo what a rule says.
 *
 * Return: 0, or -EINVAL when an option has a value that it cannot have.
 */
int pbng_opts_policy(const char *text, enum pbng_policy *policy);

#endif /* PBNG_XEN_OPTS_CORE_H */

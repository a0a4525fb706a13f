// SPDX-License-Identifier: GPL-2.0
/*
 * Keeping probes alive. A kprobe at the start of a function is a client of ftrace, and
 * kernel.ftrace_enabled=0 takes all clients away without telling them, unless one of them
 * is permanent: then the sysctl is refused (EBUSY). Ours is called where a group gets a
 * domain, and does nothing.
 */
#include <linux/ftrace.h>
#include <linux/string.h>

#include "probe.h"

#ifdef CONFIG_KPROBES_ON_FTRACE

static void notrace do_nothing(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *regs)
{
}

static struct ftrace_ops anchor = {
	.func = do_nothing,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

int ie_probe_hold(void)
{
	static unsigned char function[] = "iommu_attach_group";
	int err;

	err = ftrace_set_filter(&anchor, function, strlen(function), 1);
	if (err)
		return err;
	err = register_ftrace_function(&anchor);
	if (err)
		ftrace_free_filter(&anchor);
	return err;
}

void ie_probe_release(void)
{
	unregister_ftrace_function(&anchor);
	ftrace_free_filter(&anchor);
}

#else

int ie_probe_hold(void)
{
	return 0;
}

void ie_probe_release(void)
{
}

#endif

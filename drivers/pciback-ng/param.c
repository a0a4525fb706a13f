// SPDX-License-Identifier: GPL-2.0
/* The knobs, see param.h. */
#include <linux/moduleparam.h>
#include <linux/module.h>

#include "param.h"

bool pbng_param_permissive;
module_param_named(permissive, pbng_param_permissive, bool, 0644);
MODULE_PARM_DESC(permissive, "let guests write every register that has no rule of its own");

bool pbng_param_passthrough;
module_param_named(passthrough, pbng_param_passthrough, bool, 0444);
MODULE_PARM_DESC(passthrough, "PV guests see physical PCI addresses instead of a virtual bus");

unsigned int pbng_param_idle_d3 = 30;
module_param_named(idle_d3, pbng_param_idle_d3, uint, 0644);
MODULE_PARM_DESC(idle_d3, "seconds until a device that nobody has goes to sleep (D3hot), 0 for never (default 30)");

#define MAX_TIMEOUT	3600	/* s */

static int set_timeout(const char *text, const struct kernel_param *param)
{
	return param_set_uint_minmax(text, param, 1, MAX_TIMEOUT);
}

static const struct kernel_param_ops timeout_ops = {
	.set = set_timeout,
	.get = param_get_uint,
};

unsigned int pbng_param_reset_timeout = 10;
module_param_cb(reset_timeout, &timeout_ops, &pbng_param_reset_timeout, 0644);
MODULE_PARM_DESC(reset_timeout, "seconds after which a reset that has not ended has failed (default 10)");

unsigned int pbng_param_aer_timeout = 5;
module_param_named(aer_timeout, pbng_param_aer_timeout, uint, 0644);
MODULE_PARM_DESC(aer_timeout, "seconds that a guest has to answer to an error of its device, 0: it is not asked (default 5)");

unsigned int pbng_param_root_port_mask;
module_param_named(root_port_mask, pbng_param_root_port_mask, uint, 0644);
MODULE_PARM_DESC(root_port_mask, "what guests must not provoke in the root port above their devices: 1 system errors, 2 completion timeouts, 3 both (default 0)");

// SPDX-License-Identifier: GPL-2.0
/* The knobs, see param.h. */
#include <linux/module.h>
#include <linux/pt_param.h>

#include "param.h"

bool pbng_param_permissive;
module_param_cb(permissive, &pt_param_bool_ops, &pbng_param_permissive, 0644);
MODULE_PARM_DESC(permissive, "let guests write every register that has no rule of its own");

bool pbng_param_passthrough;
module_param_cb(passthrough, &pt_param_bool_ops, &pbng_param_passthrough, 0444);
MODULE_PARM_DESC(passthrough, "PV guests see physical PCI addresses instead of a virtual bus");

unsigned int pbng_param_idle_d3 = 30;
static struct pt_param_range idle_d3 = { &pbng_param_idle_d3, 0, 86400 };
module_param_cb(idle_d3, &pt_param_range_ops, &idle_d3, 0644);
MODULE_PARM_DESC(idle_d3, "seconds until a device that nobody has goes to sleep (D3hot), 0 for never, up to 86400 (default 30)");

unsigned int pbng_param_reset_timeout = 10;
static struct pt_param_range reset_timeout = { &pbng_param_reset_timeout, 1, 3600 };
module_param_cb(reset_timeout, &pt_param_range_ops, &reset_timeout, 0644);
MODULE_PARM_DESC(reset_timeout, "seconds after which a reset or a change of power state that has not ended has failed, 1 to 3600 (default 10)");

unsigned int pbng_param_aer_timeout = 5;
static struct pt_param_range aer_timeout = { &pbng_param_aer_timeout, 0, 60 };
module_param_cb(aer_timeout, &pt_param_range_ops, &aer_timeout, 0644);
MODULE_PARM_DESC(aer_timeout, "seconds that a guest has to answer to an error of its device, 0: it is not asked, up to 60 (default 5)");

unsigned int pbng_param_root_port_mask;
static struct pt_param_range root_port_mask = { &pbng_param_root_port_mask, 0, 3 };
module_param_cb(root_port_mask, &pt_param_range_ops, &root_port_mask, 0644);
MODULE_PARM_DESC(root_port_mask, "what guests must not provoke in the root port above their devices: 1 system errors, 2 completion timeouts, 3 both (default 0)");

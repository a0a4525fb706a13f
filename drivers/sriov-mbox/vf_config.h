/* SPDX-License-Identifier: GPL-2.0 */
/* Settings of VFs, by the ndo_get_vf_config and ndo_set_vf_* of the PF's network interface. */
#ifndef VMBOX_VF_CONFIG_H
#define VMBOX_VF_CONFIG_H

#include "vf_config_core.h"

struct pci_dev;

/**
 * vmbox_vf_config_get() - settings of a VF
 * @pf: its PF
 * @vf: the VF
 * @config: becomes them; not known where the PF has no network interface that tells
 *
 * A random address that the VF's own driver here has chosen was not set: @config has none.
 *
 * Context: process, takes rtnl; no lock of ours held.
 */
void vmbox_vf_config_get(struct pci_dev *pf, struct pci_dev *vf, struct vmbox_vf_config *config);

/**
 * vmbox_vf_config_set() - set them
 * @pf: the PF
 * @vf: the VF
 * @config: the settings
 * @mask: which of them, of enum vmbox_setting
 * @err: why the first of those that could not be set was not, or 0
 *
 * Context: process, takes rtnl; no lock of ours held.
 * Return: a mask of what could not be set.
 */
unsigned int vmbox_vf_config_set(struct pci_dev *pf, struct pci_dev *vf,
				 const struct vmbox_vf_config *config, unsigned int mask, int *err);

/* Is the PF's interface up, and has it a link? Without one some drivers set no rates. */
bool vmbox_pf_has_link(struct pci_dev *pf);

#endif /* VMBOX_VF_CONFIG_H */

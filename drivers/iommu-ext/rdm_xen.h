/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reserved memory under Xen, where the hypervisor decides: it maps the memory into the
 * guest that gets the device. What is left to do in dom0 is to see that it does so for
 * the right device, and to refuse where it would not. Does nothing but in a dom0.
 */
#ifndef IE_RDM_XEN_H
#define IE_RDM_XEN_H

#ifdef CONFIG_IOMMU_EXT_XEN

/**
 * ie_rdm_xen_init() - learn whose memory is whose, watch for devices that come
 *
 * Context: process, after ie_tables_init().
 * Return: 0 or a negative errno.
 */
int ie_rdm_xen_init(void);

/**
 * ie_rdm_xen_exit() - forget it
 *
 * Context: process; no guard is asked any more when this returns.
 */
void ie_rdm_xen_exit(void);

#else

static inline int ie_rdm_xen_init(void)
{
	return 0;
}

static inline void ie_rdm_xen_exit(void)
{
}

#endif /* CONFIG_IOMMU_EXT_XEN */

#endif /* IE_RDM_XEN_H */

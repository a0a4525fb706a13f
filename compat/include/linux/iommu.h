/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/iommu.h> of Linux 6.12 for older kernels. */
#ifndef COMPAT_LINUX_IOMMU_H
#define COMPAT_LINUX_IOMMU_H

#include_next <linux/iommu.h>

#ifndef HAVE_IOMMU_MAP_GFP

static inline int compat_iommu_map(struct iommu_domain *domain, unsigned long iova,
				   phys_addr_t paddr, size_t size, int prot, gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp) ? iommu_map(domain, iova, paddr, size, prot) :
					      iommu_map_atomic(domain, iova, paddr, size, prot);
}

#define iommu_map compat_iommu_map

#endif

#endif /* COMPAT_LINUX_IOMMU_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * AMD-Vi. Its driver never kept a device with an IVMD range from being given away; the
 * kernel has done so for every driver since it has require_direct.
 */
#include "rdm.h"

const struct ie_vendor ie_vendor_amd = {
	.source = "ivrs",
	.resv_symbol = "amd_iommu_get_resv_regions",
#ifdef HAVE_DEV_IOMMU_REQUIRE_DIRECT
	.kernel = IE_KERNEL_FLAG,
#else
	.kernel = IE_KERNEL_NOTHING,
#endif
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Intel VT-d. Kernels without require_direct check in intel_iommu_attach_device() that
 * no device with an RMRR gets a domain of the type that VFIO uses. The check is
 * inlined, and looks at nothing but the domain's type first: so for a device with a
 * policy the domain has another type during that call. The group's mutex is held in
 * it, and whoever reads the type meanwhile (iommu_map()) asks for either of the two.
 */
#include "probe.h"
#include "rdm.h"

#ifdef HAVE_DEV_IOMMU_REQUIRE_DIRECT

const struct ie_vendor ie_vendor_intel = {
	.source = "dmar",
	.resv_symbol = "intel_iommu_get_resv_regions",
	.kernel = IE_KERNEL_FLAG,
};

#else

static int attach_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct iommu_domain *domain = ie_probe_arg(regs, 0);
	struct device *dev = ie_probe_arg(regs, 1);

	if (domain->type != IOMMU_DOMAIN_UNMANAGED ||
	    !(ie_rdm_attach_actions(dev) & IE_DO_PASS))
		return IE_PROBE_SKIP;
	*(struct iommu_domain **)instance->data = domain;
	domain->type = IOMMU_DOMAIN_DMA;
	return IE_PROBE_RETURN;
}

static int attach_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct iommu_domain *domain = *(struct iommu_domain **)instance->data;

	domain->type = IOMMU_DOMAIN_UNMANAGED;
	return 0;
}

static struct kretprobe attach_probe = {
	.kp.symbol_name = "intel_iommu_attach_device",
	.entry_handler = attach_entry,
	.handler = attach_return,
	.data_size = sizeof(struct iommu_domain *),
	.maxactive = IE_PROBE_ACTIVE,
};

static int arm(void)
{
	return register_kretprobe(&attach_probe);
}

static void disarm(void)
{
	unregister_kretprobe(&attach_probe);
}

static unsigned long nmissed(void)
{
	return ie_probe_missed(&attach_probe);
}

const struct ie_vendor ie_vendor_intel = {
	.source = "dmar",
	.resv_symbol = "intel_iommu_get_resv_regions",
	.kernel = IE_KERNEL_ATTACH,
	.arm = arm,
	.disarm = disarm,
	.nmissed = nmissed,
};

#endif

// SPDX-License-Identifier: GPL-2.0
/* Interrupt lines in a PVH dom0, see gsi.h. */
#include <xen/acpi.h>

#include "../registry.h"
#include "gsi.h"
#include "physdev.h"

static int gsi_of(const struct pbng_dev *dev)
{
	return READ_ONCE(dev->gsi);
}

/* Called with a spinning lock of the kernel held. libxl goes on without a line at -ENOENT. */
static int gsi_from_sbdf(u32 sbdf)
{
	return pbng_registry_ask(pbng_bdf_of_key(sbdf), gsi_of);
}

static const char *why_not(int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		return "Linux 6.12 could tell it, this kernel cannot";
	case -ENOSYS:
		return "Xen 4.20 would take it, this one does not";
	default:
		return "firmware or Xen refused";
	}
}

void pbng_gsi_claim(struct pbng_dev *dev)
{
	int gsi, trigger, polarity, err;

	/* A VF has no pin. */
	if (!pbng_dom0_is_pvh() || !dev->pdev->pin)
		return;

	err = xen_acpi_get_gsi_info(dev->pdev, &gsi, &trigger, &polarity);
	if (!err)
		err = xen_pvh_setup_gsi(gsi, trigger, polarity);
	WRITE_ONCE(dev->gsi, err ?: gsi);

	if (err)
		pci_warn(dev->pdev, "cannot go to an HVM guest of a PVH dom0, for its line (INTx) has no GSI: %s (%pe)\n",
			 why_not(err), ERR_PTR(err));
}

void pbng_gsi_init(void)
{
	if (pbng_dom0_is_pvh())
		xen_acpi_register_get_gsi_func(gsi_from_sbdf);
}

void pbng_gsi_exit(void)
{
	if (pbng_dom0_is_pvh())
		xen_acpi_register_get_gsi_func(NULL);
}

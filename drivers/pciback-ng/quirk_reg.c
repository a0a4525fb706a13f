// SPDX-License-Identifier: GPL-2.0
/* One register of a device, see quirk_reg.h. */
#include <linux/io.h>

#include "hw.h"
#include "quirk_reg.h"

static const char dead[] = "the device does not answer";

/*
 * Capabilities that the PCI core sets up, saves and restores; what else wrote there
 * would be at odds with it. Their lengths, the longest that there are.
 */
static const struct {
	u16 id;
	u16 len;
} owned[] = {
	{ PCI_CAP_ID_PM, PCI_PM_SIZEOF },
	{ PCI_CAP_ID_VPD, 8 },
	{ PCI_CAP_ID_MSI, 24 },
	{ PCI_CAP_ID_PCIX, 24 },
	{ PCI_CAP_ID_EXP, 60 },
	{ PCI_CAP_ID_MSIX, PCI_CAP_MSIX_SIZEOF },
	{ PCI_CAP_ID_AF, 6 },
}, owned_ext[] = {
	{ PCI_EXT_CAP_ID_ERR, 0x48 },
	{ PCI_EXT_CAP_ID_VC, 0x18 },
	{ PCI_EXT_CAP_ID_ACS, 8 },
	{ PCI_EXT_CAP_ID_ARI, 8 },
	{ PCI_EXT_CAP_ID_ATS, 8 },
	{ PCI_EXT_CAP_ID_SRIOV, 0x40 },
	{ PCI_EXT_CAP_ID_PRI, 0x10 },
	{ PCI_EXT_CAP_ID_REBAR, 0x34 },
	{ PCI_EXT_CAP_ID_LTR, 8 },
	{ PCI_EXT_CAP_ID_PASID, 8 },
	{ PCI_EXT_CAP_ID_DPC, 0x40 },
	{ PCI_EXT_CAP_ID_L1SS, 0x14 },
	{ PCI_EXT_CAP_ID_PTM, 12 },
};

static bool overlaps(const struct pbng_quirk *quirk, u32 pos, u32 len)
{
	return pos && quirk->offset < pos + len && quirk->offset + quirk->width > pos;
}

static const char *config_refused(struct pci_dev *pdev, const struct pbng_quirk *quirk)
{
	unsigned int i;

	if (quirk->offset + quirk->width > pdev->cfg_size)
		return "the device has no extended configuration space";
	for (i = 0; i < ARRAY_SIZE(owned); i++)
		if (overlaps(quirk, pci_find_capability(pdev, owned[i].id), owned[i].len))
			return "the kernel itself restores this capability";
	for (i = 0; i < ARRAY_SIZE(owned_ext); i++)
		if (overlaps(quirk, pci_find_ext_capability(pdev, owned_ext[i].id),
			     owned_ext[i].len))
			return "the kernel itself restores this capability";
	return NULL;
}

static bool in_msix_table(struct pci_dev *pdev, const struct pbng_quirk *quirk)
{
	u16 flags;
	u32 table;

	if (!pdev->msix_cap)
		return false;
	pci_read_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, &flags);
	pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_TABLE, &table);
	if ((table & PCI_MSIX_TABLE_BIR) != quirk->space)
		return false;
	table &= PCI_MSIX_TABLE_OFFSET;
	return quirk->offset + quirk->width > table &&
	       quirk->offset < table + ((flags & PCI_MSIX_FLAGS_QSIZE) + 1) * PCI_MSIX_ENTRY_SIZE;
}

const char *pbng_quirk_reg_refused(struct pci_dev *pdev, const struct pbng_quirk *quirk)
{
	int bar = quirk->space;

	if (bar == PBNG_QUIRK_CONFIG)
		return config_refused(pdev, quirk);
	if (!pci_resource_len(pdev, bar))
		return "the device has no such BAR";
	/* Decoding ports can mean those of VGA as well. */
	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM))
		return "the BAR is of I/O ports";
	if (pci_resource_flags(pdev, bar) & IORESOURCE_UNSET)
		return "the BAR has no address";
	if ((u64)quirk->offset + quirk->width > pci_resource_len(pdev, bar))
		return "the BAR is smaller";
	if (in_msix_table(pdev, quirk))
		return "that is in the MSI-X table";
	return NULL;
}

u16 pbng_quirk_reg_open(struct pci_dev *pdev)
{
	u16 command;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	return command;
}

void pbng_quirk_reg_close(struct pci_dev *pdev, u16 command)
{
	if (!(command & PCI_COMMAND_MEMORY))
		pci_write_config_word(pdev, PCI_COMMAND, command);
}

/* Just the page: a BAR may have gigabytes. @at: where the register is. */
static void __iomem *map(struct pci_dev *pdev, const struct pbng_quirk *quirk,
			 void __iomem **at)
{
	unsigned long page = quirk->offset & PAGE_MASK;
	void __iomem *base = pci_iomap_range(pdev, quirk->space, page, PAGE_SIZE);

	if (base)
		*at = base + (quirk->offset - page);
	return base;
}

static const char *read_bar(struct pci_dev *pdev, const struct pbng_quirk *quirk, u32 *value)
{
	void __iomem *at, *base = map(pdev, quirk, &at);

	if (!base)
		return "the BAR cannot be mapped";
	if (quirk->width == 1)
		*value = ioread8(at);
	else if (quirk->width == 2)
		*value = ioread16(at);
	else
		*value = ioread32(at);
	pci_iounmap(pdev, base);
	return NULL;
}

static const char *write_bar(struct pci_dev *pdev, const struct pbng_quirk *quirk, u32 value)
{
	void __iomem *at, *base = map(pdev, quirk, &at);

	if (!base)
		return "the BAR cannot be mapped";
	if (quirk->width == 1)
		iowrite8(value, at);
	else if (quirk->width == 2)
		iowrite16(value, at);
	else
		iowrite32(value, at);
	pci_iounmap(pdev, base);
	return NULL;
}

static const char *read_config(struct pci_dev *pdev, const struct pbng_quirk *quirk,
			       u32 *value)
{
	return pbng_hw_read(pdev, quirk->offset, quirk->width, value) ? dead : NULL;
}

static const char *write_config(struct pci_dev *pdev, const struct pbng_quirk *quirk,
				u32 value)
{
	return pbng_hw_write(pdev, quirk->offset, quirk->width, value) ? dead : NULL;
}

const char *pbng_quirk_reg_read(struct pci_dev *pdev, const struct pbng_quirk *quirk,
				u32 *value)
{
	const char *why;

	if (quirk->space == PBNG_QUIRK_CONFIG)
		why = read_config(pdev, quirk, value);
	else
		why = read_bar(pdev, quirk, value);
	if (!why && *value == pbng_quirk_all_bits(quirk->width) &&
	    !pci_device_is_present(pdev))
		why = dead;
	return why;
}

const char *pbng_quirk_reg_write(struct pci_dev *pdev, const struct pbng_quirk *quirk,
				 u32 value)
{
	const char *why;
	u32 old;

	/* What reading does to a register of which all is written need not happen. */
	if (quirk->mask != pbng_quirk_all_bits(quirk->width)) {
		why = pbng_quirk_reg_read(pdev, quirk, &old);
		if (why)
			return why;
		value |= old & ~quirk->mask;
	}
	if (quirk->space == PBNG_QUIRK_CONFIG)
		return write_config(pdev, quirk, value);
	return write_bar(pdev, quirk, value);
}

// SPDX-License-Identifier: GPL-2.0
/* Accesses to configuration space, see hw.h. */
#include "hw.h"

int pbng_hw_read(struct pci_dev *pdev, u16 off, u16 len, u32 *value)
{
	u16 word;
	u8 byte;
	int err;

	switch (len) {
	case 1:
		err = pci_read_config_byte(pdev, off, &byte);
		*value = byte;
		break;
	case 2:
		err = pci_read_config_word(pdev, off, &word);
		*value = word;
		break;
	default:
		err = pci_read_config_dword(pdev, off, value);
	}
	return pcibios_err_to_errno(err);
}

int pbng_hw_write(struct pci_dev *pdev, u16 off, u16 len, u32 value)
{
	int err;

	switch (len) {
	case 1:
		err = pci_write_config_byte(pdev, off, value);
		break;
	case 2:
		err = pci_write_config_word(pdev, off, value);
		break;
	default:
		err = pci_write_config_dword(pdev, off, value);
	}
	return pcibios_err_to_errno(err);
}

static bool has_bit(struct pci_dev *pdev, u16 off, u16 bit)
{
	u16 value;

	return !pci_read_config_word(pdev, off, &value) && value != U16_MAX && value & bit;
}

bool pbng_hw_is_used(struct pci_dev *pdev)
{
	return has_bit(pdev, PCI_COMMAND, PCI_COMMAND_MASTER) ||
	       (pdev->msi_cap &&
		has_bit(pdev, pdev->msi_cap + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE)) ||
	       (pdev->msix_cap &&
		has_bit(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE));
}

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

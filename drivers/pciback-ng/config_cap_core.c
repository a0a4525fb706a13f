// SPDX-License-Identifier: GPL-2.0
/*
 * The capabilities below 256, see config_core.h. Rows without a reason are
 * read-only in the device anyway, or say nothing to it.
 */
#include "config_part.h"

/* Not in every version of pci_regs.h. */
#define CAP_ID_FPB	0x15	/* flattening portal bridge */

static const struct pbng_cfg_reg pm_rows[] = {
	FIXED(0, 2),
	/* No wake-up of the host. */
	{ .off = PCI_PM_PMC, .len = 2, .flags = PBNG_FIXED, .virt = PCI_PM_CAP_PME_MASK },
	{ .off = PCI_PM_CTRL, .len = 2, .hook = PBNG_HOOK_PM_CTRL,
	  .virt = PCI_PM_CTRL_PME_ENABLE, .w1c = PCI_PM_CTRL_PME_STATUS },
	FIXED(PCI_PM_PPB_EXTENSIONS, 2),
};

/*
 * Address, data and mask bits of the device are the host's (XSA-128, XSA-129). The
 * guest has some of its own, without effect: its interrupts come by operations.
 */
static const struct pbng_cfg_reg msi32_rows[] = {
	FIXED(0, 2),
	{ .off = PCI_MSI_FLAGS, .len = 2, .hook = PBNG_HOOK_MSI_CTRL,
	  .write = PCI_MSI_FLAGS_ENABLE },
	RAM(PCI_MSI_ADDRESS_LO, 4),
	RAM(PCI_MSI_DATA_32, 4),
	RAM(PCI_MSI_MASK_32, 4),
	FIXED(PCI_MSI_PENDING_32, 4),
};

static const struct pbng_cfg_reg msi64_rows[] = {
	FIXED(0, 2),
	{ .off = PCI_MSI_FLAGS, .len = 2, .hook = PBNG_HOOK_MSI_CTRL,
	  .write = PCI_MSI_FLAGS_ENABLE },
	RAM(PCI_MSI_ADDRESS_LO, 4),
	RAM(PCI_MSI_ADDRESS_HI, 4),
	RAM(PCI_MSI_DATA_64, 4),
	RAM(PCI_MSI_MASK_64, 4),
	FIXED(PCI_MSI_PENDING_64, 4),
};

static const struct pbng_cfg_reg msix_rows[] = {
	FIXED(0, 2),
	{ .off = PCI_MSIX_FLAGS, .len = 2, .hook = PBNG_HOOK_MSIX_CTRL,
	  .write = PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL },
	FIXED(PCI_MSIX_TABLE, 8),
};

static const struct pbng_cfg_reg vpd_rows[] = {
	FIXED(0, 2),
	{ .off = PCI_VPD_ADDR, .len = 2, .hook = PBNG_HOOK_VPD_ADDR },
	FIXED(PCI_VPD_DATA, 4),
};

#define DEVCTL_RAM	(PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | \
			 PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE | \
			 PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_EXT_TAG | \
			 PCI_EXP_DEVCTL_AUX_PME)
#define DEVCTL_PASS	(PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN | \
			 PCI_EXP_DEVCTL_READRQ)
#define LNKCTL_RAM	(PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_CCC | \
			 PCI_EXP_LNKCTL_ES | PCI_EXP_LNKCTL_CLKREQ_EN)

static const struct pbng_cfg_reg exp_rows[] = {
	FIXED(0, 4),
	{ .off = PCI_EXP_DEVCAP, .len = 4, .flags = PBNG_FIXED,
	  .virt = PCI_EXP_DEVCAP_PHANTOM },
	/*
	 * Errors are reported whatever the guest thinks of it. Payload size and long
	 * tags must suit the path to the host. Phantom functions would be somebody
	 * else to the IOMMU (XSA-449).
	 */
	{ .off = PCI_EXP_DEVCTL, .len = 2, .hook = PBNG_HOOK_DEVCTL,
	  .flags = PBNG_FROM_HW, .virt = DEVCTL_RAM | PCI_EXP_DEVCTL_PHANTOM,
	  .write = DEVCTL_RAM | DEVCTL_PASS },
	/* The errors are the guest's own. */
	{ .off = PCI_EXP_DEVSTA, .len = 2, .flags = PBNG_FIXED, .write = 0xf, .w1c = 0xf },
	FIXED(PCI_EXP_LNKCAP, 4),
	{ .off = PCI_EXP_LNKCTL, .len = 2, .hook = PBNG_HOOK_LNKCTL,
	  .flags = PBNG_FROM_HW, .virt = LNKCTL_RAM, .write = LNKCTL_RAM },
	FIXED(PCI_EXP_LNKSTA, 2),
	FIXED(PCI_EXP_SLTCAP, PCI_EXP_DEVCAP2 - PCI_EXP_SLTCAP),
	FIXED(PCI_EXP_DEVCAP2, 4),
	/* Who waits how long for an answer is the device's; the rest is the path's. */
	{ .off = PCI_EXP_DEVCTL2, .len = 2, .write = PCI_EXP_DEVCTL2_COMP_TIMEOUT,
	  .standard = PCI_EXP_DEVCTL2_COMP_TMOUT_DIS | PCI_EXP_DEVCTL2_ATOMIC_REQ |
		      PCI_EXP_DEVCTL2_IDO_REQ_EN | PCI_EXP_DEVCTL2_IDO_CMP_EN },
	FIXED(PCI_EXP_DEVCTL2 + 2, 2),
	FIXED(PCI_EXP_LNKCAP2, 4),
	RO(PCI_EXP_LNKCTL2, 2),		/* the speed of a link is both ends' */
	FIXED(PCI_EXP_LNKSTA2, 2),
	FIXED(PCI_EXP_SLTCAP2, 8),
};

static const struct pbng_cfg_reg af_rows[] = {
	FIXED(0, 4),
	{ .off = PCI_AF_CTRL, .len = 1, .hook = PBNG_HOOK_AF_CTRL, .virt = ~0u },
	FIXED(PCI_AF_STATUS, 1),
};

/* How much it reads at once, in what order: its own business on its bus. */
#define PCIX_PASS	(PCI_X_CMD_ERO | PCI_X_CMD_MAX_READ | PCI_X_CMD_MAX_SPLIT)
#define PCIX_W1C	(PCI_X_STATUS_SPL_DISC | PCI_X_STATUS_UNX_SPL | \
			 PCI_X_STATUS_SPL_ERR)

static const struct pbng_cfg_reg pcix_rows[] = {
	FIXED(0, 2),
	{ .off = PCI_X_CMD, .len = 2, .write = PCIX_PASS, .standard = PCI_X_CMD_DPERR_E },
	/* The errors are the guest's own. */
	{ .off = PCI_X_STATUS, .len = 4, .flags = PBNG_FIXED,
	  .write = PCIX_W1C, .w1c = PCIX_W1C },
	FIXED(PCI_X_ECC_CSR, 16),	/* checks the bus that others share */
};

/* Nothing in it is a guest's business; as long as it may be. */
static const struct pbng_cfg_reg fixed_rows[] = {
	FIXED(0, PBNG_CFG_SIZE - PCI_STD_HEADER_SIZEOF),
};

/* Raw, except for the list. */
static const struct pbng_cfg_reg unknown_rows[] = {
	FIXED(0, 2),
};

/* As far as its rows go. */
#define ROWS(i, rows)	{ .id = (i), .block = BLOCK(rows) }
/* So many bytes, or up to the next one. */
#define HOST(i, l)	{ .id = (i), .len = (l), .block = BLOCK(fixed_rows) }
#define HOST_ALL(i)	{ .id = (i), .block = BLOCK(fixed_rows) }

static const struct {
	u8 id;
	u8 len;
	struct pbng_cfg_block block;
} caps[] = {
	ROWS(PCI_CAP_ID_PM, pm_rows),
	HOST(PCI_CAP_ID_AGP, 12),	/* reaches memory past the IOMMU */
	HOST(PCI_CAP_ID_AGP3, 0x30),	/* the same */
	ROWS(PCI_CAP_ID_VPD, vpd_rows),
	HOST(PCI_CAP_ID_SLOTID, 4),	/* the chassis */
	HOST(PCI_CAP_ID_CHSWP, 4),	/* the chassis */
	{ PCI_CAP_ID_PCIX, 24, BLOCK(pcix_rows) },	/* a bridge's is the host's */
	HOST_ALL(PCI_CAP_ID_HT),	/* where interrupts go */
	HOST(PCI_CAP_ID_SHPC, 8),	/* the power of slots */
	HOST(PCI_CAP_ID_SSVID, 8),	/* who it is */
	ROWS(PCI_CAP_ID_EXP, exp_rows),
	ROWS(PCI_CAP_ID_MSIX, msix_rows),
	ROWS(PCI_CAP_ID_AF, af_rows),
	HOST_ALL(PCI_CAP_ID_EA),	/* moves decoders */
	HOST_ALL(CAP_ID_FPB),		/* routes other devices' traffic */
};

/* The bit @control at @where asks for a reset, if the device knows how. */
static int find_reset(struct pbng_cfg *cfg, u16 cap, u16 len, u32 capable,
		      u16 where, u32 control)
{
	struct pbng_cfg_reg *reg = pbng_cfg_at(cfg, where);
	u32 hw;
	int err;

	/* Cut off, perhaps by the end of the space. */
	if (!reg)
		return 0;
	err = pbng_cfg_hw_read(cfg, cap, len, &hw);
	if (!err)
		reg->base = hw & capable ? control : 0;
	return err;
}

static int add_exp(struct pbng_cfg *cfg, u16 pos, u16 end,
		   const struct pbng_cfg_block *block)
{
	u32 flags;
	int err;

	err = pbng_cfg_hw_read(cfg, pos + PCI_EXP_FLAGS, 2, &flags);
	if (err)
		return err;
	/* The first version ends with the link. */
	if ((flags & PCI_EXP_FLAGS_VERS) < 2)
		end = min_t(u16, end, pos + PCI_CAP_EXP_ENDPOINT_SIZEOF_V1);
	err = pbng_cfg_add_block(cfg, pos, block, end);
	if (err)
		return err;
	return find_reset(cfg, pos + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_FLR,
			  pos + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR);
}

static int add_af(struct pbng_cfg *cfg, u16 pos, u16 end,
		  const struct pbng_cfg_block *block)
{
	int err = pbng_cfg_add_block(cfg, pos, block, end);

	if (err)
		return err;
	return find_reset(cfg, pos + PCI_AF_CAP, 1, PCI_AF_CAP_FLR,
			  pos + PCI_AF_CTRL, PCI_AF_CTRL_FLR);
}

/* What there is, and where, depends on its own flags. */
static int add_msi(struct pbng_cfg *cfg, u16 pos, u16 end)
{
	static const struct pbng_cfg_block msi32 = BLOCK(msi32_rows);
	static const struct pbng_cfg_block msi64 = BLOCK(msi64_rows);
	const struct pbng_cfg_block *block = &msi32;
	u16 len = PCI_MSI_MASK_32;
	u32 flags;
	int err;

	err = pbng_cfg_hw_read(cfg, pos + PCI_MSI_FLAGS, 2, &flags);
	if (err)
		return err;
	if (flags & PCI_MSI_FLAGS_64BIT) {
		block = &msi64;
		len = PCI_MSI_MASK_64;
	}
	if (flags & PCI_MSI_FLAGS_MASKBIT)
		len += 8;
	return pbng_cfg_add_block(cfg, pos, block, min_t(u16, end, pos + len));
}

static int add_cap(struct pbng_cfg *cfg, u8 id, u16 pos, u16 end, u8 header)
{
	static const struct pbng_cfg_block fixed = BLOCK(fixed_rows);
	static const struct pbng_cfg_block unknown = BLOCK(unknown_rows);
	const struct pbng_cfg_block *block = &unknown;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		if (caps[i].id != id)
			continue;
		block = &caps[i].block;
		if (caps[i].len)
			end = min_t(u16, end, pos + caps[i].len);
		break;
	}
	switch (id) {
	case PCI_CAP_ID_MSI:
		return add_msi(cfg, pos, end);
	case PCI_CAP_ID_EXP:
		return add_exp(cfg, pos, end, block);
	case PCI_CAP_ID_AF:
		return add_af(cfg, pos, end, block);
	case PCI_CAP_ID_PCIX:
		/* A bridge has that of its secondary bus in the same place. */
		return pbng_cfg_add_block(cfg, pos, header ? &fixed : block, end);
	default:
		return pbng_cfg_add_block(cfg, pos, block, end);
	}
}

/* There are not more multiples of 4 behind the header. */
#define MAX_CAPS ((PBNG_CFG_SIZE - PCI_STD_HEADER_SIZEOF) / 4)

int pbng_cfg_add_caps(struct pbng_cfg *cfg, u8 header)
{
	struct pbng_cfg_caps seen = {};
	struct { u8 pos, id; } list[MAX_CAPS];
	unsigned int i, n = 0;
	u32 pos, word;
	int err;

	err = pbng_cfg_hw_read(cfg, PCI_STATUS, 2, &word);
	if (err || !(word & PCI_STATUS_CAP_LIST))
		return err;
	err = pbng_cfg_hw_read(cfg, PCI_CAPABILITY_LIST, 1, &pos);
	while (!err && (pos &= ~3u) >= PCI_STD_HEADER_SIZEOF &&
	       pbng_cfg_mark(&seen, pos)) {
		err = pbng_cfg_hw_read(cfg, pos, 2, &word);
		list[n].pos = pos;
		list[n++].id = word & 0xff;
		pos = word >> 8 & 0xff;
	}
	for (i = 0; !err && i < n; i++)
		err = add_cap(cfg, list[i].id, list[i].pos,
			      pbng_cfg_cap_end(&seen, list[i].pos, PBNG_CFG_SIZE),
			      header);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/* What the configuration spaces of the mock bus look like. */
#include "mockpci.h"

const char * const mock_kind_name[MOCK_KINDS] = {
	[MOCK_ENDPOINT] = "endpoint",
	[MOCK_PF] = "pf",
	[MOCK_VF] = "vf",
	[MOCK_PLAIN] = "plain",
	[MOCK_OLD] = "old",
	[MOCK_SIMPLE] = "simple",
	[MOCK_PORT] = "port",
	[MOCK_BRIDGE] = "bridge",
};

static const u16 device_id[MOCK_KINDS] = {
	[MOCK_ENDPOINT] = MOCK_DEV_ENDPOINT,
	[MOCK_PF] = MOCK_DEV_PF,
	[MOCK_VF] = 0xffff,	/* a VF's own ids cannot be read, its PF has them */
	[MOCK_PLAIN] = MOCK_DEV_PLAIN,
	[MOCK_OLD] = MOCK_DEV_OLD,
	[MOCK_SIMPLE] = MOCK_DEV_SIMPLE,
	[MOCK_PORT] = MOCK_DEV_PORT,
	[MOCK_BRIDGE] = MOCK_DEV_BRIDGE,
};

static void header(struct mock_fn *fn, bool multi)
{
	u8 *c = fn->cfg, *w = fn->writable;

	mock_put(c, PCI_VENDOR_ID, 2, fn->kind == MOCK_VF ? 0xffff : MOCK_VENDOR);
	mock_put(c, PCI_DEVICE_ID, 2, device_id[fn->kind]);
	mock_put(c, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	c[PCI_CAPABILITY_LIST] = MOCK_PM;
	c[PCI_HEADER_TYPE] = multi ? 0x80 : 0;
	mock_put(w, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
		 PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	w[PCI_CACHE_LINE_SIZE] = 0xff;
	w[PCI_INTERRUPT_LINE] = 0xff;
}

static void normal_header(struct mock_fn *fn, bool bar)
{
	u8 *c = fn->cfg;

	mock_put(c, PCI_CLASS_DEVICE, 2, PCI_CLASS_NETWORK_ETHERNET);
	mock_put(c, PCI_SUBSYSTEM_VENDOR_ID, 2, MOCK_VENDOR);
	mock_put(c, PCI_SUBSYSTEM_ID, 2, 1);
	if (bar)
		mock_put(fn->writable, PCI_BASE_ADDRESS_0, 4, ~(MOCK_BAR_SIZE - 1));
	/* A ROM that finds no place anywhere. */
	if (fn->kind == MOCK_OLD)
		mock_put(fn->writable, PCI_ROM_ADDRESS, 4,
			 ~(MOCK_ROM_SIZE - 1) | PCI_ROM_ADDRESS_ENABLE);
}

static void bridge_header(struct mock_fn *fn)
{
	u8 *c = fn->cfg, *w = fn->writable;

	mock_put(c, PCI_CLASS_DEVICE, 2, PCI_CLASS_BRIDGE_PCI);
	c[PCI_HEADER_TYPE] |= PCI_HEADER_TYPE_BRIDGE;
	mock_put(w, PCI_PRIMARY_BUS, 4, 0xffffffff);
	/* All windows are closed; the one for I/O stays so. */
	c[PCI_IO_BASE] = 0xf0;
	mock_put(c, PCI_MEMORY_BASE, 2, 0xfff0);
	mock_put(w, PCI_MEMORY_BASE, 4, 0xfff0fff0);
	mock_put(c, PCI_PREF_MEMORY_BASE, 2, 0xfff0);
	mock_put(w, PCI_PREF_MEMORY_BASE, 4, 0xfff0fff0);
	mock_put(w, PCI_BRIDGE_CONTROL, 2, 0xffff);
}

/* A function resets on its way from D3hot to D0 unless it says that it does not. */
static void power_management(struct mock_fn *fn, u8 next)
{
	u8 *c = fn->cfg;

	c[MOCK_PM] = PCI_CAP_ID_PM;
	c[MOCK_PM + PCI_CAP_LIST_NEXT] = next;
	mock_put(c, MOCK_PM + PCI_PM_PMC, 2, 3);
	if (fn->kind != MOCK_OLD)
		mock_put(c, MOCK_PM + PCI_PM_CTRL, 2, PCI_PM_CTRL_NO_SOFT_RESET);
	mock_put(fn->writable, MOCK_PM + PCI_PM_CTRL, 2, PCI_PM_CTRL_STATE_MASK);
}

static void express(struct mock_fn *fn, u16 type, bool flr, u8 next)
{
	u8 *c = fn->cfg;

	c[MOCK_EXP] = PCI_CAP_ID_EXP;
	c[MOCK_EXP + PCI_CAP_LIST_NEXT] = next;
	mock_put(c, MOCK_EXP + PCI_EXP_FLAGS, 2, 2 | type << 4);
	mock_put(c, MOCK_EXP + PCI_EXP_DEVCAP, 4,
		 PCI_EXP_DEVCAP_RBER | (flr ? PCI_EXP_DEVCAP_FLR : 0));
	mock_put(fn->writable, MOCK_EXP + PCI_EXP_DEVCTL, 2, 0xffff);
	/* One lane, 2.5 GT/s. */
	mock_put(c, MOCK_EXP + PCI_EXP_LNKCAP, 4, 0x11);
	mock_put(c, MOCK_EXP + PCI_EXP_LNKSTA, 2, 0x11);
}

static void msi(struct mock_fn *fn)
{
	fn->cfg[MOCK_MSI] = PCI_CAP_ID_MSI;
	mock_put(fn->cfg, MOCK_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT);
	mock_put(fn->writable, MOCK_MSI + PCI_MSI_FLAGS, 2,
		 PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	mock_put(fn->writable, MOCK_MSI + PCI_MSI_ADDRESS_LO, 4, 0xfffffffc);
	mock_put(fn->writable, MOCK_MSI + PCI_MSI_ADDRESS_HI, 4, 0xffffffff);
	mock_put(fn->writable, MOCK_MSI + PCI_MSI_DATA_64, 2, 0xffff);
}

/* As in some I219: it works, but nothing leads to it. */
static void advanced_features(struct mock_fn *fn)
{
	fn->cfg[MOCK_AF] = PCI_CAP_ID_AF;
	fn->cfg[MOCK_AF + PCI_AF_LENGTH] = 6;
	fn->cfg[MOCK_AF + PCI_AF_CAP] = PCI_AF_CAP_TP | PCI_AF_CAP_FLR;
	fn->writable[MOCK_AF + PCI_AF_CTRL] = PCI_AF_CTRL_FLR;
}

static void serial_number(struct mock_fn *fn, unsigned int at, unsigned int serial)
{
	mock_put(fn->cfg, at, 4, PCI_EXT_CAP_ID_DSN | 1 << 16);
	mock_put(fn->cfg, at + 4, 4, serial);
	mock_put(fn->cfg, at + 8, 4, MOCK_VENDOR);
}

static void capabilities(struct mock_fn *fn)
{
	switch (fn->kind) {
	case MOCK_ENDPOINT:
	case MOCK_PF:
	case MOCK_VF:
	case MOCK_SIMPLE:
		power_management(fn, MOCK_EXP);
		express(fn, PCI_EXP_TYPE_ENDPOINT, fn->kind != MOCK_SIMPLE, MOCK_MSI);
		msi(fn);
		break;
	case MOCK_PLAIN:
		power_management(fn, MOCK_EXP);
		express(fn, PCI_EXP_TYPE_RC_END, mock_flr, MOCK_MSI);
		msi(fn);
		advanced_features(fn);
		break;
	case MOCK_OLD:
		power_management(fn, MOCK_MSI);
		msi(fn);
		break;
	case MOCK_PORT:
		power_management(fn, MOCK_EXP);
		express(fn, PCI_EXP_TYPE_ROOT_PORT, false, 0);
		break;
	default:
		power_management(fn, MOCK_EXP);
		express(fn, PCI_EXP_TYPE_PCI_BRIDGE, false, 0);
		break;
	}
}

/*
 * The scratch registers are what "firmware" has set up before the kernel came and
 * the hardware does not set by itself: the power-on image has zeros there.
 */
void mock_image(struct mock_fn *fn, unsigned int serial, bool multi, bool bar)
{
	unsigned int i;

	header(fn, multi);
	if (fn->behind)
		bridge_header(fn);
	else
		normal_header(fn, bar);
	capabilities(fn);
	if (fn->kind == MOCK_ENDPOINT || fn->kind == MOCK_PLAIN || fn->kind == MOCK_SIMPLE)
		serial_number(fn, PCI_CFG_SPACE_SIZE, serial);
	else if (fn->kind == MOCK_PF)
		serial_number(fn, MOCK_DSN, serial);
	memcpy(fn->power_on, fn->cfg, MOCK_CFG_SIZE);
	if (fn->behind)
		return;
	memset(fn->writable + MOCK_SCRATCH, 0xff, MOCK_SCRATCH_SIZE);
	for (i = 0; i < MOCK_SCRATCH_SIZE; i++)
		fn->cfg[MOCK_SCRATCH + i] = 0xa0 + i;
}

void mock_image_sriov(struct mock_fn *fn, unsigned int vfs)
{
	u8 *c = fn->cfg + MOCK_SRIOV, *w = fn->writable + MOCK_SRIOV;

	mock_put(c, 0, 4, PCI_EXT_CAP_ID_SRIOV | 1 << 16 | MOCK_DSN << 20);
	mock_put(c, PCI_SRIOV_INITIAL_VF, 2, vfs);
	mock_put(c, PCI_SRIOV_TOTAL_VF, 2, vfs);
	mock_put(c, PCI_SRIOV_VF_OFFSET, 2, MOCK_VF_OFFSET);
	mock_put(c, PCI_SRIOV_VF_STRIDE, 2, 1);
	mock_put(c, PCI_SRIOV_VF_DID, 2, MOCK_DEV_VF);
	mock_put(c, PCI_SRIOV_SUP_PGSIZE, 4, 0x553);
	mock_put(c, PCI_SRIOV_SYS_PGSIZE, 4, 1);
	mock_put(w, PCI_SRIOV_CTRL, 2, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
	mock_put(w, PCI_SRIOV_NUM_VF, 2, 0xffff);
	mock_put(w, PCI_SRIOV_SYS_PGSIZE, 4, 0xffffffff);
	memcpy(fn->power_on + MOCK_SRIOV, c, 0x40);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and writes of configuration space. A write changes the writable bits; then
 * the few registers that do something are looked at. The kernel has seen to it that
 * accesses are aligned.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "mockpci.h"

u32 mock_get(const u8 *cfg, unsigned int at, int size)
{
	switch (size) {
	case 1:
		return cfg[at];
	case 2:
		return le16_to_cpup((__le16 *)(cfg + at));
	default:
		return le32_to_cpup((__le32 *)(cfg + at));
	}
}

void mock_put(u8 *cfg, unsigned int at, int size, u32 value)
{
	switch (size) {
	case 1:
		cfg[at] = value;
		break;
	case 2:
		*(__le16 *)(cfg + at) = cpu_to_le16(value);
		break;
	default:
		*(__le32 *)(cfg + at) = cpu_to_le32(value);
	}
}

/* The function that answers at this address, or NULL. */
static struct mock_fn *answering(struct pci_bus *bus, unsigned int devfn)
{
	struct mock_fn *fn = mock_fn_find(bus, devfn);

	return fn && fn->present ? fn : NULL;
}

/* Does a write at @where touch the register at @at? */
static bool touches(int where, int size, int at)
{
	return where <= at && where + size > at;
}

static void flr(struct mock_fn *fn)
{
	if (fn->flr_ignored)
		return;
	fn->flrs++;
	mock_fn_reset(fn);
	mock_fn_busy(fn, fn->flr_ms);
}

static void after_devctl(struct mock_fn *fn)
{
	u16 control = mock_get(fn->cfg, MOCK_EXP + PCI_EXP_DEVCTL, 2);

	if (!(control & PCI_EXP_DEVCTL_BCR_FLR))
		return;
	/* In a bridge the same bit means something else. */
	mock_put(fn->cfg, MOCK_EXP + PCI_EXP_DEVCTL, 2, control & ~PCI_EXP_DEVCTL_BCR_FLR);
	if (!fn->behind &&
	    mock_get(fn->cfg, MOCK_EXP + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR)
		flr(fn);
}

static void after_af(struct mock_fn *fn)
{
	bool wanted = fn->cfg[MOCK_AF + PCI_AF_CTRL] & PCI_AF_CTRL_FLR;

	fn->cfg[MOCK_AF + PCI_AF_CTRL] = 0;
	if (wanted)
		flr(fn);
}

static void after_power(struct mock_fn *fn, u16 before)
{
	u16 now = mock_get(fn->cfg, MOCK_PM + PCI_PM_CTRL, 2);

	if ((before & PCI_PM_CTRL_STATE_MASK) != 3 || now & PCI_PM_CTRL_STATE_MASK)
		return;
	if (!(now & PCI_PM_CTRL_NO_SOFT_RESET)) {
		fn->pm_resets++;
		mock_fn_reset(fn);
	}
	mock_fn_busy(fn, fn->d0_ms);
}

static void after_bridge_control(struct mock_fn *fn, u16 before)
{
	u16 now = mock_get(fn->cfg, PCI_BRIDGE_CONTROL, 2);
	struct mock_fn *other;
	unsigned long devfn;

	if (!(now & ~before & PCI_BRIDGE_CTL_BUS_RESET))
		return;
	xa_for_each(fn->behind, devfn, other) {
		other->bus_resets++;
		mock_fn_reset(other);
		mock_fn_busy(other, other->bus_ms);
	}
}

static void after_sriov(struct mock_fn *pf)
{
	bool on = mock_get(pf->cfg, MOCK_SRIOV + PCI_SRIOV_CTRL, 2) & PCI_SRIOV_CTRL_VFE;

	mock_fn_vfs(pf, on ? mock_get(pf->cfg, MOCK_SRIOV + PCI_SRIOV_NUM_VF, 2) : 0);
}

static void change(struct mock_fn *fn, int where, int size, u32 value)
{
	u32 mask = mock_get(fn->writable, where, size);

	if (fn->stuck && touches(where, size, fn->stuck))
		return;
	mock_put(fn->cfg, where, size,
		 (mock_get(fn->cfg, where, size) & ~mask) | (value & mask));
}

static void write_register(struct mock_fn *fn, int where, int size, u32 value)
{
	u16 power = mock_get(fn->cfg, MOCK_PM + PCI_PM_CTRL, 2);
	u16 bridge = mock_get(fn->cfg, PCI_BRIDGE_CONTROL, 2);

	change(fn, where, size, value);
	if (fn->kind != MOCK_OLD && touches(where, size, MOCK_EXP + PCI_EXP_DEVCTL + 1))
		after_devctl(fn);
	if (fn->kind == MOCK_PLAIN && touches(where, size, MOCK_AF + PCI_AF_CTRL))
		after_af(fn);
	if (touches(where, size, MOCK_PM + PCI_PM_CTRL))
		after_power(fn, power);
	if (fn->behind && touches(where, size, PCI_BRIDGE_CONTROL))
		after_bridge_control(fn, bridge);
	if (fn->kind == MOCK_PF && touches(where, size, MOCK_SRIOV + PCI_SRIOV_CTRL))
		after_sriov(fn);
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct mock_fn *fn;
	unsigned long flags;

	raw_spin_lock_irqsave(&mock_lock, flags);
	fn = answering(bus, devfn);
	if (fn) {
		fn->reads++;
		*value = mock_fn_ready(fn) ? mock_get(fn->cfg, where, size) : ~0;
	}
	raw_spin_unlock_irqrestore(&mock_lock, flags);
	if (fn)
		return PCIBIOS_SUCCESSFUL;
	PCI_SET_ERROR_RESPONSE(value);
	return PCIBIOS_DEVICE_NOT_FOUND;
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct mock_fn *fn;
	unsigned long flags;

	raw_spin_lock_irqsave(&mock_lock, flags);
	fn = answering(bus, devfn);
	if (fn) {
		fn->writes++;
		if (mock_log && where >= MOCK_SCRATCH &&
		    where < MOCK_SCRATCH + MOCK_SCRATCH_SIZE)
			pr_info("%04x:%02x:%02x.%x %x=%0*x\n", pci_domain_nr(bus), bus->number,
				PCI_SLOT(devfn), PCI_FUNC(devfn), where, 2 * size, value);
		if (mock_fn_ready(fn))
			write_register(fn, where, size, value);
	}
	raw_spin_unlock_irqrestore(&mock_lock, flags);
	return fn ? PCIBIOS_SUCCESSFUL : PCIBIOS_DEVICE_NOT_FOUND;
}

struct pci_ops mock_ops = {
	.read = read_config,
	.write = write_config,
};

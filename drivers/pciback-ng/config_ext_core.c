// SPDX-License-Identifier: GPL-2.0
/*
 * The capabilities above 256, see config_core.h: each is shown as it is, shown and
 * never changed, or not there at all. None that is not in the table is known to be
 * dangerous, nor to be harmless: it is raw, so strict makes it read-only.
 */
#include "config_part.h"

/* Not in every version of pci_regs.h. */
enum {
	EXT_ID_LNR = 0x1c,		/* lightweight notification */
	EXT_ID_MPCIE = 0x20,		/* M-PCIe */
	EXT_ID_FRS = 0x21,		/* FRS queueing */
	EXT_ID_RTR = 0x22,		/* readiness time reporting */
	EXT_ID_VF_REBAR = 0x24,		/* VF resizable BAR */
	EXT_ID_DLF = 0x25,		/* data link feature */
	EXT_ID_PL_16GT = 0x26,		/* physical layer 16 GT/s */
	EXT_ID_LMR = 0x27,		/* lane margining at the receiver */
	EXT_ID_HIERARCHY = 0x28,	/* hierarchy id */
	EXT_ID_NPEM = 0x29,		/* native PCIe enclosure management */
	EXT_ID_PL_32GT = 0x2a,		/* physical layer 32 GT/s */
	EXT_ID_ALT_PROTOCOL = 0x2b,	/* alternate protocol */
	EXT_ID_SFI = 0x2c,		/* system firmware intermediary */
	EXT_ID_SHADOW = 0x2d,		/* shadow functions */
	EXT_ID_DOE = 0x2e,		/* data object exchange */
	EXT_ID_DEV3 = 0x2f,		/* device 3 */
	EXT_ID_IDE = 0x30,		/* integrity and data encryption */
	EXT_ID_PL_64GT = 0x31,		/* physical layer 64 GT/s */
	EXT_ID_FLIT_LOG = 0x32,		/* flit logging */
	EXT_ID_FLIT_PERF = 0x33,	/* flit performance measurement */
	EXT_ID_FLIT_ERR = 0x34,		/* flit error injection */
};

/*
 * The host's error handler reads and clears the records, and decides what is
 * reported; the guest has masks of its own, without effect.
 */
#define RAM_FROM_HW(o)	{ .off = (o), .len = 4, .flags = PBNG_FROM_HW, \
			  .virt = ~0u, .write = ~0u }
#define RO_W1C(o)	{ .off = (o), .len = 4, .flags = PBNG_FIXED, .w1c = ~0u }

static const struct pbng_cfg_reg err_rows[] = {
	RO_W1C(PCI_ERR_UNCOR_STATUS),
	RAM_FROM_HW(PCI_ERR_UNCOR_MASK),
	RAM_FROM_HW(PCI_ERR_UNCOR_SEVER),
	RO_W1C(PCI_ERR_COR_STATUS),
	RAM_FROM_HW(PCI_ERR_COR_MASK),
	RAM_FROM_HW(PCI_ERR_CAP),
	FIXED(PCI_ERR_HEADER_LOG, 0x2c),
};

/* Which number is shown, of a table that cannot be changed. */
static const struct pbng_cfg_reg pwr_rows[] = {
	PASS(PCI_PWR_DSR, 1, ~0u),
	FIXED(PCI_PWR_DATA, 8),
};

static const struct pbng_cfg_reg fixed_rows[] = {
	FIXED(4, PBNG_CFG_EXT_SIZE - PBNG_CFG_SIZE - 4),
};

#define SHOW(table)	.block = BLOCK(table)
#define HIDE		.hidden = true

/*
 * How long each is at most; it also ends where the next one begins. Looked at and
 * left raw: DPA, which is about its own power, and of VNDR and DVSEC, which only the
 * device's maker knows, those that are not in @vendor_caps.
 */
static const struct ext_cap {
	u16 id;
	u16 len;
	struct pbng_cfg_block block;
	bool hidden;
} caps[] = {
	{ PCI_EXT_CAP_ID_ERR, 0x48, SHOW(err_rows) },
	{ PCI_EXT_CAP_ID_VC, 0x200, SHOW(fixed_rows) },	/* both ends' */
	{ PCI_EXT_CAP_ID_DSN, 0x0c, SHOW(fixed_rows) },
	{ PCI_EXT_CAP_ID_PWR, 0x10, SHOW(pwr_rows) },
	{ PCI_EXT_CAP_ID_RCLD, 0x200, HIDE },	/* what else is in the complex */
	{ PCI_EXT_CAP_ID_RCILC, 0x0c, HIDE },	/* the same */
	{ PCI_EXT_CAP_ID_RCEC, 0x0c, HIDE },	/* other devices' errors */
	{ PCI_EXT_CAP_ID_MFVC, 0x200, SHOW(fixed_rows) },	/* all functions' */
	{ PCI_EXT_CAP_ID_VC9, 0x200, SHOW(fixed_rows) },	/* both ends' */
	{ PCI_EXT_CAP_ID_RCRB, 0x14, HIDE },	/* the root complex */
	{ PCI_EXT_CAP_ID_CAC, 8, HIDE },	/* a way round every table here */
	{ PCI_EXT_CAP_ID_ACS, 0x30, HIDE },	/* the host's isolation */
	{ PCI_EXT_CAP_ID_ARI, 8, HIDE },	/* functions that are not given away */
	{ PCI_EXT_CAP_ID_ATS, 8, HIDE },	/* translated requests pass the IOMMU */
	{ PCI_EXT_CAP_ID_SRIOV, 0x40, HIDE },	/* makes functions nobody gave away */
	{ PCI_EXT_CAP_ID_MRIOV, 0x40, HIDE },	/* the same for other hosts */
	{ PCI_EXT_CAP_ID_MCAST, 0x30, HIDE },	/* reaches other devices */
	{ PCI_EXT_CAP_ID_PRI, 0x10, HIDE },	/* needs ATS */
	{ PCI_EXT_CAP_ID_AMD_XXX, 8, HIDE },	/* nobody says what it does */
	{ PCI_EXT_CAP_ID_REBAR, 0x34, HIDE },	/* moves BARs the host has placed */
	{ PCI_EXT_CAP_ID_TPH, 0x8c, SHOW(fixed_rows) },	/* whose cache it fills */
	{ PCI_EXT_CAP_ID_LTR, 8, HIDE },	/* the platform's power budget */
	{ PCI_EXT_CAP_ID_SECPCI, 0x4c, SHOW(fixed_rows) },	/* both ends' */
	{ PCI_EXT_CAP_ID_PMUX, 0x40, HIDE },	/* both ends' */
	{ PCI_EXT_CAP_ID_PASID, 8, HIDE },	/* needs ATS */
	{ EXT_ID_LNR, 8, HIDE },		/* reads the host's cache lines */
	{ PCI_EXT_CAP_ID_DPC, 0x40, HIDE },	/* takes the link down */
	{ PCI_EXT_CAP_ID_L1SS, 0x14, HIDE },	/* both ends' */
	{ PCI_EXT_CAP_ID_PTM, 0x0c, HIDE },	/* the platform's clock */
	{ EXT_ID_MPCIE, 0x20, SHOW(fixed_rows) },	/* both ends' */
	{ EXT_ID_FRS, 0x10, HIDE },		/* other devices' messages */
	{ EXT_ID_RTR, 0x0c, SHOW(fixed_rows) },
	{ EXT_ID_VF_REBAR, 0x34, HIDE },	/* as REBAR */
	{ EXT_ID_DLF, 0x0c, SHOW(fixed_rows) },	/* both ends' */
	{ EXT_ID_PL_16GT, 0x30, SHOW(fixed_rows) },	/* both ends' */
	{ EXT_ID_LMR, 0x48, HIDE },		/* disturbs the link */
	{ EXT_ID_HIERARCHY, 0x14, SHOW(fixed_rows) },	/* the host's name */
	{ EXT_ID_NPEM, 0x10, HIDE },		/* the lights of the enclosure */
	{ EXT_ID_PL_32GT, 0x40, SHOW(fixed_rows) },	/* both ends' */
	{ EXT_ID_ALT_PROTOCOL, 0x20, HIDE },	/* another protocol, other rules */
	{ EXT_ID_SFI, 0x10, HIDE },		/* a way to other devices' space */
	{ EXT_ID_SHADOW, 0x20, HIDE },		/* requests in others' names */
	{ EXT_ID_DOE, 0x18, HIDE },		/* keys, firmware, identity */
	{ EXT_ID_DEV3, 0x10, SHOW(fixed_rows) },	/* tags: the path's */
	{ EXT_ID_IDE, 0x200, HIDE },		/* keys of the link */
	{ EXT_ID_PL_64GT, 0x40, SHOW(fixed_rows) },	/* both ends' */
	{ EXT_ID_FLIT_LOG, 0x40, SHOW(fixed_rows) },	/* both ends' */
	{ EXT_ID_FLIT_PERF, 0x20, SHOW(fixed_rows) },	/* both ends' */
	{ EXT_ID_FLIT_ERR, 0x20, HIDE },	/* makes errors */
};

#define DVSEC_MIN_LEN	12
#define ANY_ID		(-1)
#define VENDOR_PCISIG	0x0001
#define VENDOR_XILINX	0x10ee
#define VENDOR_ALTERA	0x1172
#define VENDOR_CXL	0x1e98
#define VENDOR_INTEL	0x8086
#define VENDOR_UCIE	0xd2de

/*
 * Capabilities that a vendor or a consortium defines, by its id and by its own number
 * for the structure: those that are known to reach beyond the device. A DVSEC names its
 * vendor, a VNDR is the vendor of the device's.
 */
static const struct vendor_cap {
	u16 id;
	u16 vendor;
	int structure;
} vendor_caps[] = {
	/* Memory ranges that the host decodes, cache coherence, the power of the link. */
	{ PCI_EXT_CAP_ID_DVSEC, VENDOR_CXL, ANY_ID },
	/* Other protocols on the link, and its registers: both ends'. */
	{ PCI_EXT_CAP_ID_DVSEC, VENDOR_PCISIG, ANY_ID },
	{ PCI_EXT_CAP_ID_DVSEC, VENDOR_UCIE, ANY_ID },
	/* Scalable IOV: requests with PASIDs of parts that are not given away. */
	{ PCI_EXT_CAP_ID_DVSEC, VENDOR_INTEL, 5 },
	/* MCAP and CvP load another circuit into the card: that outlives the guest. */
	{ PCI_EXT_CAP_ID_VNDR, VENDOR_XILINX, 1 },
	{ PCI_EXT_CAP_ID_VNDR, VENDOR_ALTERA, 0x1172 },
};

static bool reaches_beyond(u16 id, u16 vendor, u16 structure)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vendor_caps); i++) {
		const struct vendor_cap *cap = &vendor_caps[i];

		if (cap->id == id && cap->vendor == vendor &&
		    (cap->structure == ANY_ID || cap->structure == structure))
			return true;
	}
	return false;
}

/*
 * The second register has the length of either; of a DVSEC its vendor, and the third
 * the number of the structure; of a VNDR that number.
 */
static int find_vendor_cap(struct pbng_cfg *cfg, u16 pos, u16 id, struct ext_cap *cap)
{
	u32 second, structure = 0;
	u16 vendor = pbng_cfg_at(cfg, PCI_VENDOR_ID)->reset;
	int err;

	if (pos + DVSEC_MIN_LEN > cfg->size)
		return 0;
	err = pbng_cfg_hw_read(cfg, pos + 4, 4, &second);
	if (err)
		return err;
	structure = second & 0xffff;
	if (id == PCI_EXT_CAP_ID_DVSEC) {
		vendor = second & 0xffff;
		err = pbng_cfg_hw_read(cfg, pos + 8, 2, &structure);
	}
	cap->hidden = reaches_beyond(id, vendor, structure);
	cap->len = max_t(u32, second >> 20 & ~3u, DVSEC_MIN_LEN);
	return err;
}

/* What is known of the capability at @pos with this id. */
static int find(struct pbng_cfg *cfg, u16 pos, u16 id, struct ext_cap *cap)
{
	unsigned int i;

	*cap = (struct ext_cap) { .id = id };
	if (id == PCI_EXT_CAP_ID_DVSEC || id == PCI_EXT_CAP_ID_VNDR)
		return find_vendor_cap(cfg, pos, id, cap);
	for (i = 0; i < ARRAY_SIZE(caps); i++)
		if (caps[i].id == id)
			*cap = caps[i];
	return 0;
}

/*
 * Every capability that is shown has a first register of ours, with the id and
 * without a link: the next one that is shown sets that.
 */
static int add_head(struct pbng_cfg *cfg, u16 pos, u32 head)
{
	const struct pbng_cfg_reg reg = {
		.off = pos, .len = 4, .virt = ~0u, .reset = head & 0xfffff,
	};

	return pbng_cfg_add(cfg, &reg);
}

/* The first cannot be left out, something must stand there: it loses its id. */
static int hide(struct pbng_cfg *cfg, u16 pos, u16 end)
{
	struct pbng_cfg_reg reg = { .off = pos, .hook = PBNG_HOOK_HIDDEN };
	int err = 0;

	if (pos == PBNG_CFG_SIZE) {
		err = add_head(cfg, pos, 0);
		reg.off += 4;
	}
	reg.len = end - reg.off;
	return err || !reg.len ? err : pbng_cfg_add(cfg, &reg);
}

static int add_cap(struct pbng_cfg *cfg, u16 pos, u16 end, u32 header, u16 *last)
{
	struct ext_cap cap;
	struct pbng_cfg_reg *before;
	int err;

	err = find(cfg, pos, PCI_EXT_CAP_ID(header), &cap);
	if (err)
		return err;
	end = min_t(u16, end, pos + cap.len);
	if (cap.hidden) {
		err = hide(cfg, pos, end);
		/* The others go round it. */
		if (err || pos != PBNG_CFG_SIZE)
			return err;
	} else {
		err = add_head(cfg, pos, header);
		if (!err)
			err = pbng_cfg_add_block(cfg, pos, &cap.block, end);
		if (err)
			return err;
	}
	before = *last ? pbng_cfg_at(cfg, *last) : NULL;
	if (before)
		before->reset |= (u32)pos << 20;
	*last = pos;
	return 0;
}

/* Is there one at @pos that was not seen yet? @header is its first register. */
static int look(struct pbng_cfg *cfg, struct pbng_cfg_caps *seen, u32 pos,
		u32 *header)
{
	int err;

	*header = 0;
	if (pos < PBNG_CFG_SIZE || pos >= cfg->size || !pbng_cfg_mark(seen, pos))
		return 0;
	err = pbng_cfg_hw_read(cfg, pos, 4, header);
	if (*header == ~0u)
		*header = 0;
	return err;
}

static u32 next_of(u32 header)
{
	return header >> 20 & ~3u;
}

/* Twice, to know where each of them ends before the first is added. */
int pbng_cfg_add_ext_caps(struct pbng_cfg *cfg)
{
	struct pbng_cfg_caps all = {}, added = {};
	u32 pos, header;
	u16 last = 0;
	int err;

	err = look(cfg, &all, PBNG_CFG_SIZE, &header);
	while (!err && header)
		err = look(cfg, &all, next_of(header), &header);
	pos = PBNG_CFG_SIZE;
	if (!err)
		err = look(cfg, &added, pos, &header);
	while (!err && header) {
		err = add_cap(cfg, pos, pbng_cfg_cap_end(&all, pos, cfg->size),
			      header, &last);
		pos = next_of(header);
		if (!err)
			err = look(cfg, &added, pos, &header);
	}
	return err;
}

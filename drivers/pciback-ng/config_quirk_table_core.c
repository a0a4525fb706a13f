// SPDX-License-Identifier: GPL-2.0
/*
 * The entries, and which of them are for a device. First those that come with the driver:
 * what widespread drivers write and no specification names, and what reaches nothing
 * beyond the card: its own clocks, timing, windows onto its own registers and memory,
 * and how it repeats requests. Not here, although drivers write them: switches of
 * other devices, ports outside of the BARs, system management interrupts, wake-up, link
 * power saving, and what is written to an EEPROM, for that outlives the guest.
 *
 * tools/testing/unit/test_dumps.sh finds out what the modules of a kernel write, and fails
 * when it is neither here nor in dropped-writes.tab.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "config_quirk_core.h"

/* Behind the '#' is the reason, which Documentation/dropped-writes.rst repeats. */
const char *const pbng_config_quirk_builtin[] = {
	/* USB. */
	"class=0c0300 c0 2 af00 # uhci_hcd: its interrupt is delivered; the rest raises SMIs",
	"1106:* class=0c0320 4b 1 20 # ehci_pci: sleeps between transfers, VT6212",
	"1002:* class=0c0320 53 1 8 # ehci_pci: a workaround inside the controller, SB600",
	"class=0c0010 40 4 1 # firewire_ohci: byte order of its own DMA",

	/* Broadcom, wireless: windows, interrupt mask, GPIOs that drive its crystal. */
	"14e4:* class=0280 41 1 # ssb, bcma: how often it repeats a request",
	"14e4:* class=0280 80 4 # ssb, bcma, brcmfmac: window onto the bus inside the card",
	"14e4:* class=0280 94 4 # ssb, bcma: which of its cores interrupt",
	"14e4:* class=0280 98 4 # brcmfmac: doorbell of its processor",
	"14e4:* class=0280 ac 4 # bcma (computed): second window onto the bus inside the card",
	"14e4:* class=0280 b4 4 # ssb: its general purpose outputs",
	"14e4:* class=0280 b8 4 # ssb: which of them are outputs",

	/* Broadcom, wired. b44 has the bus of the wireless cards inside. */
	"14e4:* class=0200 68 4 # tg3, bnx2: byte order, interrupt mask, chip clocks",
	"14e4:* class=0200 70 4 # tg3: state of its own bus interface",
	"14e4:* class=0200 78 4 # tg3, bnx2, bnx2x: address of the register window",
	"14e4:* class=0200 7c 4 # tg3: address of the memory window",
	"14e4:* class=0200 80 4 # tg3, bnx2, bnx2x: data of the register window; b44: its window",
	"14e4:* class=0200 84 4 # tg3: data of the memory window",
	"14e4:* class=0200 90 4 # tg3: its general purpose pins",
	"14e4:* class=0200 94 4 # b44: which of its cores interrupt",
	"14e4:* class=0200 9c 4 # tg3: index of its receive ring",
	"14e4:* class=0200 a4 4 # tg3: index of its return ring",
	"14e4:* class=0200 b4 4 # b44: its general purpose outputs",
	"14e4:* class=0200 b8 4 # b44: which of them are outputs",
	"14e4:* class=0200 c4 4 # tg3: a workaround inside the chip, 5750",

	/* Other wireless cards, all for the same register. */
	"8086:* class=0280 41 1 # iwlwifi, ipw2200: how often it repeats a request",
	"168c:* class=0280 41 1 # ath9k, ath10k: how often it repeats a request",
	"168c:* class=0200 41 1 # ath5k: how often it repeats a request",
	"10ec:* class=0280 41 1 # rtl8192se: how often it repeats a request",
	"1260:* class=0280 40 1 # p54pci: how long it waits for an answer",
	"1260:* class=0280 41 1 # p54pci: how often it repeats a request",

	/* Tulip and what was made after it: sleep and snooze. */
	"1011:* class=0200 40 4 c0000000 # tulip, de2104x: wakes the chip",
	"1317:* class=0200 40 4 c0000000 # tulip: wakes the chip",
	"11ad:* class=0200 40 4 c0000000 # tulip: wakes the chip",
	"115d:* class=0200 40 4 c0000000 # xircom_cb: wakes the chip",

	/* Marvell and SysKonnect. */
	"11ab:* class=0200 40 4 08000000 # skge: wakes the transceiver",
	"1148:* class=0200 40 4 08000000 # skge: wakes the transceiver",
	"1186:* class=0200 40 4 08000000 # skge: wakes the transceiver",
	"11ab:* class=0200 80 4 # sky2: its clocks run",
	"1148:* class=0200 80 4 # sky2: its clocks run",

	"19a2:* class=0200 fc 4 20000000 # be2net: its interrupt is delivered",
	"10df:* class=0200 fc 4 20000000 # be2net: its interrupt is delivered",

	/* Disks. */
	"8086:* class=0106 92 2 3f # ahci: which of its ports are on",
	"8086:* class=0101 40 4 7fff7fff # ata_piix: timing of its disks",
	"8086:* class=0101 44 1 # ata_piix: timing of its disks",
	"8086:* class=0101 48 1 # ata_piix: timing of its disks",
	"8086:* class=0101 4a 2 # ata_piix: timing of its disks",
	"8086:* class=0101 54 4 # ata_piix: clock of its disks",
	"8086:* class=0101 92 2 3f # ata_piix: which of its ports are on",
	"10de:* class=0101 50 4 00035004 # sata_nv: its SATA registers are in its BAR",
	"1106:* class=0101 40 1 3 # sata_via: its channels are on",
	"1106:* class=0101 41 1 3 # sata_via: its channels interrupt",
	"1106:* class=0101 42 1 f0 # sata_via: its channels are native",
	"1106:* class=0104 40 1 3 # sata_via: its channels are on",
	"1106:* class=0104 41 1 3 # sata_via: its channels interrupt",
	"1106:* class=0104 42 1 f0 # sata_via: its channels are native",
	"1106:* class=0101 52 1 4 # sata_via: a workaround for its own FIFO",
	"1106:* class=0104 46 1 20 # sata_via: a workaround for its own FIFO",
	"1106:* class=0104 52 1 4 # sata_via: a workaround for its own FIFO",
	"1095:0680 80 1 # pata_sil680: timing of its disks",
	"1095:0680 84 1 # pata_sil680: timing of its disks",
	"1095:0680 8a 1 30 # pata_sil680: clock of its disks",
	"1095:0680 a0 4 # pata_sil680: timing of its disks",
	"1095:0680 a4 4 # pata_sil680: timing of its disks",
	"1095:0680 a8 4 # pata_sil680: timing of its disks",
	"1095:0680 ac 4 # pata_sil680: timing of its disks",
	"1095:0680 b0 4 # pata_sil680: timing of its disks",
	"1095:0680 b4 4 # pata_sil680: timing of its disks",
	"1095:0680 b8 4 # pata_sil680: timing of its disks",
	"1095:0680 bc 4 # pata_sil680: timing of its disks",
	"11ab:* class=01 40 4 # mvsas: its ports are on",
	"11ab:* class=01 90 4 # mvsas: its ports are on",
	"9005:* class=01 44 4 # aic94xx: its own errors are cleared",
	"9005:* class=01 6c 4 # aic94xx: window onto its own memory",
	"9005:* class=01 70 4 # aic94xx: window onto its own memory",
	"9005:* class=01 74 4 # aic94xx: window onto its own memory",
	"9005:* class=01 78 4 # aic94xx: window onto its own memory",
	"9005:* class=01 7c 4 # aic94xx: window onto its own memory",
	"9005:* class=01 a0 4 04000000 # aic94xx: switches its windows on",
	"9005:* class=01 d4 4 # aic94xx: address in its own memory",

	/* Card readers. */
	"1217:* class=0805 64 4 # sdhci_pci: its own clocks and power, O2 Micro",
	"1217:* class=0805 68 4 # sdhci_pci: the same",
	"1217:* class=0805 88 4 # sdhci_pci: the same",
	"1217:* class=0805 d0 4 # sdhci_pci: unlocks its own registers",
	"1217:* class=0805 d4 4 # sdhci_pci: its own clocks and power",
	"1217:* class=0805 dc 4 # sdhci_pci: the same",
	"1217:* class=0805 e0 4 # sdhci_pci: the same",
	"1217:* class=0805 e4 4 # sdhci_pci: the same",
	"1217:* class=0805 ec 4 # sdhci_pci: the same",
	"1217:* class=0805 f0 4 # sdhci_pci: the same",
	"1217:* class=0805 fc 4 # sdhci_pci: the same",
	"1217:* class=0805 300 4 # sdhci_pci: tuning of its own bus",
	"1217:* class=0805 304 4 # sdhci_pci: the same",
	"1217:* class=0805 324 4 # sdhci_pci: the same",
	"1217:* class=0805 328 4 # sdhci_pci: the same",
	"1217:* class=0805 330 4 # sdhci_pci: the same",
	"1217:* class=0805 334 4 # sdhci_pci: the same",
	"1217:* class=0805 350 4 # sdhci_pci: the same",
	"1217:* class=0805 354 4 # sdhci_pci: the same",
	"1217:* class=0805 35c 4 # sdhci_pci: the same",
	"1217:* class=0805 3e0 4 # sdhci_pci: the same",
	"1217:* class=0805 3e4 4 # sdhci_pci: the same",
	"17a0:* class=0805 44 4 20007000 # sdhci_pci: its own timing, Genesys",
	"17a0:* class=0805 48 4 1f000000 # sdhci_pci: the same",
	"17a0:* class=0805 64 4 # sdhci_pci: its own clock",
	"17a0:* class=0805 68 4 # sdhci_pci: the same",
	"17a0:* class=0805 70 4 80000 # sdhci_pci: its own timing",
	"17a0:* class=0805 800 4 1 # sdhci_pci: unlocks its own registers",
	"17a0:* class=0805 884 4 f0000 # sdhci_pci: its own power",
	"17a0:* class=0805 8a4 4 1ff80000 # sdhci_pci: its own power",
	"17a0:* class=0805 8e0 4 # sdhci_pci: its own timing",
	"17a0:* class=0805 934 4 f0000000 # sdhci_pci: its own timing",
	"17a0:* class=0805 960 4 8 # sdhci_pci: its own power",
	"1022:* class=0805 b8 4 # sdhci_pci: tuning of its own bus, AMD",
	"1022:* class=0805 d0 4 30 # sdhci_pci: the same",
	"197b:* class=0805 ae 1 # sdhci_pci: power of its slot, JMicron",
	"197b:* class=0880 ae 1 # jmb38x_ms: power of its slot",
	"197b:* class=0880 b1 1 # jmb38x_ms: power of its slot",
	"197b:* class=0880 b9 1 # jmb38x_ms: its own clock",
	"197b:* class=0880 bd 1 # jmb38x_ms: power of its slot",
	"1106:9530 40 1 # via_sdmmc: how long it waits for an answer",
	"1106:9530 41 1 # via_sdmmc: how often it repeats a request",
	"1179:0805 40 1 # toshsd: its own clock and power",
	"1179:0805 42 1 # toshsd: the same",
	"1179:0805 48 1 # toshsd: the same",
	"1179:0805 49 1 # toshsd: the same",
	"1179:0805 4c 1 # toshsd: the same",
	"1179:0805 fa 1 # toshsd: the same",
	"1179:0805 fe 1 # toshsd: the same",

	/* Sound: coherence of its own DMA, its own clocks, the link to its codecs. */
	"1002:* class=0403 42 1 7 # snd_hda_intel: its DMA snoops",
	"1022:* class=0403 42 1 7 # snd_hda_intel: its DMA snoops",
	"10de:* class=0403 4c 1 1 # snd_hda_intel: its DMA snoops",
	"10de:* class=0403 4d 1 1 # snd_hda_intel: its DMA snoops",
	"10de:* class=0403 4e 1 f # snd_hda_intel: its DMA snoops",
	"8086:* class=0403 48 4 40 # snd_hda_intel: its clock while it is set up",
	"8086:* class=0401 48 4 40 # snd_soc_skl: its clock while it is set up",
	"10de:* class=0401 4c 4 01000000 # snd_intel8x0: its AC'97 link is on",
	"1106:* class=0401 41 1 # snd_via82xx: its AC'97 link is on",
	"1073:* class=0401 48 1 3 # snd_ymfpci: its AC'97 link is on",
	"1073:* class=0401 4a 2 # snd_ymfpci: its own power",
	"1073:* class=0401 4e 2 # snd_ymfpci: its own power",
	"125d:* class=0401 50 4 # snd_es1968, snd_maestro3: how the chip is wired",
	"125d:* class=0401 58 4 # snd_es1968, snd_maestro3: how the chip is wired",
	"1023:* class=0401 46 1 # snd_trident: its AC'97 link is on",
	"1039:* class=0401 46 1 # snd_trident: its AC'97 link is on",
	"1102:* class=0401 a0 4 # snd_ctxfi: unlocks its own registers",
	"1102:* class=0403 a0 4 # snd_ctxfi: unlocks its own registers",

	/* Television. */
	"109e:* class=0400 40 1 6 # bttv: how it asks for the bus, behind old host bridges",
	"14f1:* class=0400 40 1 6 # cx88: the same",
	"4444:* class=0400 40 4 # ivtv: how it uses its own bus",
	"9413:* 40 1 # solo6x10: how long it waits for an answer",
	"9413:* 41 1 # solo6x10: how often it repeats a request",

	/* Graphics. */
	"102b:* class=0300 40 4 # mgag200: its own clocks and memory",
	"102b:* class=0300 50 4 # mgag200: its own clocks and memory",
	NULL
};

/**
 * struct change - a line that is being carried out
 * @table: the entries
 * @quirk: what it says, with the selector that it is carried out for
 * @count: of entries that are new, or went
 */
struct change {
	struct pbng_config_quirk_table *table;
	struct pbng_config_quirk quirk;
	unsigned int count;
};

static struct pbng_config_quirk *find(const struct pbng_config_quirk_table *table,
				      const struct pbng_config_quirk *like)
{
	struct pbng_config_quirk *q;

	for (q = table->quirk; q < table->quirk + table->count; q++)
		if (q->class == like->class && q->digits == like->digits &&
		    q->bits.off == like->bits.off && q->bits.len == like->bits.len &&
		    !memcmp(&q->match, &like->match, sizeof(q->match)))
			return q;
	return NULL;
}

static int count_new(const struct pbng_selector *selector, void *data)
{
	struct change *change = data;

	change->quirk.match = *selector;
	change->count += !find(change->table, &change->quirk);
	return 0;
}

static int put_in(const struct pbng_selector *selector, void *data)
{
	struct change *change = data;
	struct pbng_config_quirk *place;

	change->quirk.match = *selector;
	place = find(change->table, &change->quirk);
	if (place)
		place->bits.mask |= change->quirk.bits.mask;
	else
		change->table->quirk[change->table->count++] = change->quirk;
	return 0;
}

static int take_out(const struct pbng_selector *selector, void *data)
{
	struct change *change = data;
	struct pbng_config_quirk_table *table = change->table;
	struct pbng_config_quirk *quirk;

	change->quirk.match = *selector;
	quirk = find(table, &change->quirk);
	if (!quirk)
		return 0;
	table->count--;
	memmove(quirk, quirk + 1, (table->quirk + table->count - quirk) * sizeof(*quirk));
	change->count++;
	return 0;
}

int pbng_config_quirk_apply(struct pbng_config_quirk_table *table,
			    const struct pbng_config_quirk_line *line)
{
	struct change change = { .table = table, .quirk = line->quirk };

	if (line->remove) {
		pbng_rule_for_each(&line->rule, take_out, &change);
		return change.count ? 0 : -ENOENT;
	}
	pbng_rule_for_each(&line->rule, count_new, &change);
	if (change.count > table->room - table->count)
		return -ENOSPC;
	return pbng_rule_for_each(&line->rule, put_in, &change);
}

static bool is_known_by(const struct pbng_config_quirk_facts *facts,
			const struct pbng_selector *match)
{
	bool vendor_only = match->kind == PBNG_RULE_IDS && match->device == PBNG_ANY_ID;
	const struct pbng_selector *s;

	for (s = facts->selectors; s < facts->selectors + facts->n; s++) {
		if (!memcmp(s, match, sizeof(*s)))
			return true;
		if (vendor_only && s->kind == PBNG_RULE_IDS && s->vendor == match->vendor)
			return true;
	}
	return false;
}

bool pbng_config_quirk_is_for(const struct pbng_config_quirk *quirk,
			      const struct pbng_config_quirk_facts *facts)
{
	if (quirk->builtin && facts->is_vf)
		return false;
	if ((facts->class ^ quirk->class) >> (4 * (6 - quirk->digits)))
		return false;
	return is_known_by(facts, &quirk->match);
}

/**
 * struct search - whether one of a line's selectors is a device's
 * @quirk: the line's, with the selector that is being looked at
 * @facts: the device
 */
struct search {
	struct pbng_config_quirk quirk;
	const struct pbng_config_quirk_facts *facts;
};

static int is_meant(const struct pbng_selector *selector, void *data)
{
	struct search *search = data;

	search->quirk.match = *selector;
	return pbng_config_quirk_is_for(&search->quirk, search->facts);
}

bool pbng_config_quirk_line_is_for(const struct pbng_config_quirk_line *line,
				   const struct pbng_config_quirk_facts *facts)
{
	struct search search = { .quirk = line->quirk, .facts = facts };

	return pbng_rule_for_each(&line->rule, is_meant, &search);
}

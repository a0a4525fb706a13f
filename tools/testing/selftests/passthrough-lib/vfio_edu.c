// SPDX-License-Identifier: GPL-2.0
/*
 * DMA by an `edu`, QEMU's card for learners, on behalf of the program vfio: it copies
 * between memory and a buffer of its own, which has to be filled by DMA as well.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "vfio.h"

#define EDU_ID		0x00
#define EDU_DMA_FROM	0x80
#define EDU_DMA_TO	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_COMMAND	0x98
#define EDU_DMA_RUN	1	/* bit 0, clear when it is done */
#define EDU_DMA_OUT	2	/* from the card to memory */
#define EDU_BUFFER	0x40000

/* Where a value lies that the card shall fetch or has brought. */
#define SCRATCH		0x10000000ULL

static volatile uint8_t *bar;
static volatile uint32_t *scratch;

/* The device may do DMA; its registers can be reached. */
static bool enable_edu(void)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	struct vfio_region_info first = {
		.argsz = sizeof(first), .index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	uint16_t command;
	void *at;

	if (ioctl(vfio_device, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pread(vfio_device, &command, 2, config.offset + PCI_COMMAND) != 2)
		return false;
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	if (pwrite(vfio_device, &command, 2, config.offset + PCI_COMMAND) != 2 ||
	    ioctl(vfio_device, VFIO_DEVICE_GET_REGION_INFO, &first))
		return false;
	at = mmap(NULL, first.size, PROT_READ | PROT_WRITE, MAP_SHARED, vfio_device, first.offset);
	if (at == MAP_FAILED)
		return false;
	bar = at;
	errno = ENODEV;
	return (*(volatile uint32_t *)(bar + EDU_ID) & 0xff) == 0xed;
}

static int open_edu(void)
{
	if (bar)
		return 0;
	if (vfio_open_device(NULL))
		return 1;
	scratch = vfio_give(SCRATCH, 4096, 0);
	if (!scratch)
		return vfio_result("scratch", false);
	return vfio_result("edu", enable_edu());
}

static void edu_set(unsigned int reg, uint64_t value)
{
	*(volatile uint64_t *)(bar + reg) = value;
}

/* 32 bits between the card's buffer and memory; done after 100 ms. */
static bool edu_dma(uint64_t from, uint64_t to, unsigned int command)
{
	int tries;

	edu_set(EDU_DMA_FROM, from);
	edu_set(EDU_DMA_TO, to);
	edu_set(EDU_DMA_COUNT, 4);
	edu_set(EDU_DMA_COMMAND, EDU_DMA_RUN | command);
	for (tries = 0; tries < 250; tries++) {
		if (!(*(volatile uint64_t *)(bar + EDU_DMA_COMMAND) & EDU_DMA_RUN))
			return true;
		usleep(20000);
	}
	errno = ETIMEDOUT;
	return false;
}

/* Put a value into the card. */
static bool edu_load(uint32_t value)
{
	*scratch = value;
	return edu_dma(SCRATCH, EDU_BUFFER, 0);
}

int vfio_edu_write(char **args)
{
	uint64_t at = vfio_number(args[0]);

	if (open_edu())
		return 1;
	return vfio_result_at("write", at, edu_load(vfio_number(args[1])) &&
			      edu_dma(EDU_BUFFER, at, EDU_DMA_OUT));
}

int vfio_edu_read(char **args)
{
	uint64_t at = vfio_number(args[0]);

	if (open_edu())
		return 1;
	if (!edu_load(0) || !edu_dma(at, EDU_BUFFER, 0) ||
	    !edu_dma(EDU_BUFFER, SCRATCH, EDU_DMA_OUT))
		return vfio_result_at("read", at, false);
	return vfio_value_at("read", at, *scratch);
}

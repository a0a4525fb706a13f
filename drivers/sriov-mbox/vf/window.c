// SPDX-License-Identifier: GPL-2.0
/* The registers of the capability, and messages through its window. See vf.h. */
#include "vf.h"

#define GO_ON	0x80000000U

u32 vmbox_vf_read(struct vmbox_vf *vf, u16 reg)
{
	u32 value = ~0;

	/* What cannot be read reads as a device that is not there. */
	if (pci_read_config_dword(vf->pdev, vf->cap + reg, &value))
		return ~0;
	return value;
}

void vmbox_vf_write(struct vmbox_vf *vf, u16 reg, u32 value)
{
	pci_write_config_dword(vf->pdev, vf->cap + reg, value);
}

void vmbox_vf_bell(struct vmbox_vf *vf, u8 bell)
{
	vmbox_vf_write(vf, VMBOX_REG_DOORBELL,
		       bell | (u32)vf->proto.gen << VMBOX_STATUS_GEN_SHIFT);
}

void vmbox_vf_window_in(struct vmbox_vf *vf, u16 at, void *to, u16 len)
{
	u16 i;
	u32 value;

	if (at)
		vmbox_vf_write(vf, VMBOX_REG_WADDR, GO_ON | at);
	for (i = 0; i < len; i += sizeof(value)) {
		value = vmbox_vf_read(vf, VMBOX_REG_WDATA);
		memcpy(to + i, &value, min_t(u16, sizeof(value), len - i));
	}
}

void vmbox_vf_window_out(struct vmbox_vf *vf, u16 at, const void *from, u16 len)
{
	u32 value;
	u16 i;

	if (at)
		vmbox_vf_write(vf, VMBOX_REG_WADDR, GO_ON | at);
	for (i = 0; i < len; i += sizeof(value)) {
		value = 0;
		memcpy(&value, from + i, min_t(u16, sizeof(value), len - i));
		vmbox_vf_write(vf, VMBOX_REG_WDATA, value);
	}
}

/*
 * STATUS. That the send slot is free stays so until we use it: an access costs a message
 * as much as a piece of it.
 */
u32 vmbox_vf_window_status(struct vmbox_vf *vf)
{
	u32 status = vmbox_vf_read(vf, VMBOX_REG_STATUS);

	vf->can_send = status != ~0U && status & VMBOX_STATUS_TX;
	return status;
}

/* Return: 1 when that was the last piece of a message, 0, or -EPROTO. */
static int next_piece(struct vmbox_vf *vf)
{
	struct vmbox_hdr hdr;
	u8 data[VMBOX_PIECE_MAX];

	vmbox_vf_window_in(vf, VMBOX_WIN_RECEIVE, &hdr, sizeof(hdr));
	if (hdr.len > sizeof(data))
		return -EPROTO;
	if (hdr.len)
		vmbox_vf_window_in(vf, 0, data, hdr.len);
	vmbox_vf_bell(vf, VMBOX_BELL_TAKEN);
	return vmbox_piece_in(vf->pieces, &hdr, data);
}

int vmbox_vf_window_get(struct vmbox_vf *vf, struct vmbox_hdr *hdr, void *data)
{
	int ret;

	do {
		u32 status = vf->looked ? vf->status : vmbox_vf_window_status(vf);

		/* After a piece was taken it says nothing any more. */
		vf->looked = false;
		if (!(status & VMBOX_STATUS_RX) ||
		    status >> VMBOX_STATUS_GEN_SHIFT != vf->proto.gen)
			return -EAGAIN;
		ret = next_piece(vf);
	} while (!ret);
	if (ret < 0)
		return ret;
	*hdr = vf->pieces->hdr;
	memcpy(data, vf->pieces->data, hdr->len);
	return 0;
}

int vmbox_vf_window_put(struct vmbox_vf *vf, const struct vmbox_hdr *hdr, const void *data)
{
	struct vmbox_hdr piece;
	u16 at = 0, len;

	if (!vf->can_send)
		vmbox_vf_window_status(vf);
	if (!vf->can_send)
		return -EAGAIN;
	vf->can_send = false;
	do {
		len = vmbox_piece_out(hdr, at, &piece);
		vmbox_vf_window_out(vf, VMBOX_WIN_SEND, &piece, sizeof(piece));
		if (len)
			vmbox_vf_window_out(vf, 0, data + at, len);
		vmbox_vf_bell(vf, VMBOX_BELL_SEND);
		at += len;
	} while (at < hdr->total);
	return 0;
}

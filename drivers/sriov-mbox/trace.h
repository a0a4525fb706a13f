/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: messages and states of channels. No payload: it is the guest's. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sriov_mbox

#if !defined(VMBOX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VMBOX_TRACE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>

#include "chan.h"
#include "pf.h"

TRACE_EVENT(vmbox_state,
	TP_PROTO(struct vmbox_chan *chan, enum vmbox_vf_state state),
	TP_ARGS(chan, state),
	TP_STRUCT__entry(
		__array(char, pf, 20)
		__field(unsigned int, vf)
		__field(unsigned int, was)
		__field(unsigned int, state)
		__field(u16, gen)
	),
	TP_fast_assign(
		strscpy(__entry->pf, pci_name(chan->pf->pdev), sizeof(__entry->pf));
		__entry->vf = chan->index;
		__entry->was = chan->state;
		__entry->state = state;
		__entry->gen = chan->proto.gen;
	),
	TP_printk("%s vf=%u state=%u was=%u gen=%u", __entry->pf, __entry->vf,
		  __entry->state, __entry->was, __entry->gen)
);

TRACE_EVENT(vmbox_message,
	TP_PROTO(struct vmbox_chan *chan, const struct vmbox_hdr *hdr, bool from_vf),
	TP_ARGS(chan, hdr, from_vf),
	TP_STRUCT__entry(
		__array(char, pf, 20)
		__field(unsigned int, vf)
		__field(bool, from_vf)
		__field(u16, op)
		__field(u16, flags)
		__field(u32, rid)
		__field(u16, len)
		__field(u16, gen)
		__field(u16, status)
	),
	TP_fast_assign(
		strscpy(__entry->pf, pci_name(chan->pf->pdev), sizeof(__entry->pf));
		__entry->vf = chan->index;
		__entry->from_vf = from_vf;
		__entry->op = hdr->op;
		__entry->flags = hdr->flags;
		__entry->rid = hdr->rid;
		__entry->len = hdr->len;
		__entry->gen = hdr->gen;
		__entry->status = hdr->status;
	),
	TP_printk("%s vf=%u %s op=%#x flags=%#x rid=%u len=%u gen=%u status=%u",
		  __entry->pf, __entry->vf, __entry->from_vf ? "from" : "to", __entry->op,
		  __entry->flags, __entry->rid, __entry->len, __entry->gen, __entry->status)
);

#endif /* VMBOX_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

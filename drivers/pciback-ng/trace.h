/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints: what happens to devices, in the order in which it does. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pciback_ng

#if !defined(PBNG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PBNG_TRACE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>

#include "device.h"
#include "owner_core.h"

/* A device may be bound to @driver only; to any again when it is empty. */
TRACE_EVENT(pbng_hide,
	TP_PROTO(struct pci_dev *pdev, const char *driver),
	TP_ARGS(pdev, driver),
	TP_STRUCT__entry(
		__array(char, device, 20)
		__array(char, driver, 16)
	),
	TP_fast_assign(
		strscpy(__entry->device, pci_name(pdev), sizeof(__entry->device));
		strscpy(__entry->driver, driver, sizeof(__entry->driver));
	),
	TP_printk("%s driver=%s", __entry->device, __entry->driver)
);

TRACE_EVENT(pbng_state,
	TP_PROTO(const struct pbng_dev *dev, unsigned int from, unsigned int to),
	TP_ARGS(dev, from, to),
	TP_STRUCT__entry(
		__array(char, device, 20)
		__field(unsigned int, from)
		__field(unsigned int, to)
		__field(int, owner)
	),
	TP_fast_assign(
		strscpy(__entry->device, pci_name(dev->pdev), sizeof(__entry->device));
		__entry->from = from;
		__entry->to = to;
		__entry->owner = dev->owner;
	),
	TP_printk("%s %s -> %s owner=%d", __entry->device,
		  pbng_state_name(__entry->from), pbng_state_name(__entry->to),
		  __entry->owner)
);

TRACE_EVENT(pbng_reset,
	TP_PROTO(const struct pbng_dev *dev, int err, unsigned int took_ms),
	TP_ARGS(dev, err, took_ms),
	TP_STRUCT__entry(
		__array(char, device, 20)
		__field(int, err)
		__field(unsigned int, took_ms)
	),
	TP_fast_assign(
		strscpy(__entry->device, pci_name(dev->pdev), sizeof(__entry->device));
		__entry->err = err;
		__entry->took_ms = took_ms;
	),
	TP_printk("%s err=%d ms=%u", __entry->device, __entry->err,
		  __entry->took_ms)
);

/* Its owner was asked to give it back. */
TRACE_EVENT(pbng_ask,
	TP_PROTO(const struct pbng_dev *dev),
	TP_ARGS(dev),
	TP_STRUCT__entry(
		__array(char, device, 20)
		__field(int, owner)
	),
	TP_fast_assign(
		strscpy(__entry->device, pci_name(dev->pdev), sizeof(__entry->device));
		__entry->owner = dev->owner;
	),
	TP_printk("%s owner=%d", __entry->device, __entry->owner)
);

/* A register was written after a reset. */
TRACE_EVENT(pbng_quirk,
	TP_PROTO(const struct pbng_dev *dev, const char *space, u32 offset, u32 value),
	TP_ARGS(dev, space, offset, value),
	TP_STRUCT__entry(
		__array(char, device, 20)
		__array(char, space, 8)
		__field(u32, offset)
		__field(u32, value)
	),
	TP_fast_assign(
		strscpy(__entry->device, pci_name(dev->pdev), sizeof(__entry->device));
		strscpy(__entry->space, space, sizeof(__entry->space));
		__entry->offset = offset;
		__entry->value = value;
	),
	TP_printk("%s %s %x value=%x", __entry->device, __entry->space,
		  __entry->offset, __entry->value)
);

/* An error was dealt with, or not. */
TRACE_EVENT(pbng_aer,
	TP_PROTO(const struct pbng_dev *dev, unsigned int kind, unsigned int result),
	TP_ARGS(dev, kind, result),
	TP_STRUCT__entry(
		__array(char, device, 20)
		__field(unsigned int, kind)
		__field(unsigned int, result)
		__field(int, owner)
	),
	TP_fast_assign(
		strscpy(__entry->device, pci_name(dev->pdev), sizeof(__entry->device));
		__entry->kind = kind;
		__entry->result = result;
		__entry->owner = dev->owner;
	),
	TP_printk("%s %s %s owner=%d", __entry->device,
		  pbng_aer_kind_name(__entry->kind),
		  pbng_aer_result_name(__entry->result), __entry->owner)
);

#endif /* PBNG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

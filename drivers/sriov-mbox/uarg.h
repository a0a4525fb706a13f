/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Structures of ioctls, which grow: the one place that knows the rule that
 * uapi/linux/sriov_mbox.h has for all of them. Used by sriov-mbox and sriov-mbox-vf.
 */
#ifndef VMBOX_UARG_H
#define VMBOX_UARG_H

#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sriov_mbox.h>
#include <linux/uaccess.h>

/* How each of them begins. */
struct vmbox_uarg {
	u32 argsz;
	u32 flags;
};

static_assert(sizeof(struct vmbox_info) == VMBOX_INFO_SIZE_VER0);
static_assert(sizeof(struct vmbox_call) == VMBOX_CALL_SIZE_VER0);
static_assert(sizeof(struct vmbox_tell) == VMBOX_TELL_SIZE_VER0);
static_assert(sizeof(struct vmbox_blob) == VMBOX_BLOB_SIZE_VER0);
static_assert(sizeof_field(struct vmbox_info, vf_mask) * 8 == VMBOX_VFS_MAX);

/**
 * vmbox_uarg_get() - take a structure from user space
 * @to: the structure, as this kernel knows it
 * @size: of it
 * @first: its size when it was published, VMBOX_*_SIZE_VER0
 * @from: where the caller has it
 *
 * Afterwards argsz in @to is how much vmbox_uarg_put() gives back.
 *
 * Return: 0; -EFAULT; -EINVAL: too short, or flags that are not known; -E2BIG: more than
 * a page, or what is not known here is not 0.
 */
static inline int vmbox_uarg_get(void *to, size_t size, size_t first, const void __user *from)
{
	struct vmbox_uarg *head = to;
	u32 argsz;
	int err;

	if (get_user(argsz, (const u32 __user *)from))
		return -EFAULT;
	if (argsz < first)
		return -EINVAL;
	if (argsz > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(to, size, from, argsz);
	if (err)
		return err;
	if (head->flags)
		return -EINVAL;
	/* The caller may have written another size meanwhile. */
	head->argsz = min_t(size_t, argsz, size);

	return 0;
}

/* Give it back: what the caller has room for. Return: 0 or -EFAULT. */
static inline int vmbox_uarg_put(void __user *to, const void *from)
{
	const struct vmbox_uarg *head = from;

	return copy_to_user(to, from, head->argsz) ? -EFAULT : 0;
}

/* What is the same on each node. */
static inline void vmbox_info_fill(struct vmbox_info *info)
{
	*info = (struct vmbox_info) {
		.argsz = info->argsz,
		.major = VMBOX_VERSION_MAJOR,
		.minor = VMBOX_VERSION_MINOR,
		.layout = VMBOX_LAYOUT,
		.pages = VMBOX_PAGES,
		.page_size = VMBOX_PAGE,
		.slots = VMBOX_SLOTS,
		.slot_size = VMBOX_SLOT,
		.payload_max = VMBOX_PAYLOAD_MAX,
		.features = VMBOX_FEATURES,
		.vfs_max = VMBOX_VFS_MAX,
	};
}

/**
 * vmbox_call_get() - take struct vmbox_call from user space
 * @call: to
 * @from: where the caller has it
 *
 * Return: as vmbox_uarg_get(); -EINVAL also for what no node takes.
 */
static inline int vmbox_call_get(struct vmbox_call *call, const void __user *from)
{
	int err = vmbox_uarg_get(call, sizeof(*call), VMBOX_CALL_SIZE_VER0, from);

	if (err)
		return err;
	if (call->reserved || call->in_len > VMBOX_PAYLOAD_MAX || call->op > U16_MAX ||
	    !call->timeout_ms || call->timeout_ms > 60000)
		return -EINVAL;
	return 0;
}

#endif /* VMBOX_UARG_H */

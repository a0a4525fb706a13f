/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before a guest is started: which reserved memory of its devices would lie in its RAM,
 * what would come of it under each policy, and what to do.
 *
 * A request is a list (linux/pt_list.h) of devices, "mem=" size, perhaps "below4g=" size:
 *
 *   size    = number [ "K" / "M" / "G" ]	(decimal, or hexadecimal with 0x)
 *
 * mem is QEMU's -m, below4g the option max-ram-below-4g of its machine.
 *
 * Pure logic: no kernel service is used, so that unit tests run on it in user space.
 */
#ifndef IE_PREFLIGHT_CORE_H
#define IE_PREFLIGHT_CORE_H

#include <linux/pt_list.h>
#include <linux/pt_match.h>

#define IE_PRE_DEVICES	32
#define IE_PRE_RANGES	3

/* From the first to the last byte. */
struct ie_pre_range {
	u64 start;
	u64 end;
};

/**
 * struct ie_pre_layout - where a guest has RAM
 * @range: in ascending order
 * @count: how many
 */
struct ie_pre_layout {
	struct ie_pre_range range[IE_PRE_RANGES];
	unsigned int count;
};

/**
 * struct ie_pre_request - what was asked
 * @dev: the devices, each by its address
 * @devices: how many
 * @mem: bytes of RAM
 * @below4g: at most so much of it below 4 GB, 0 for as QEMU likes it
 */
struct ie_pre_request {
	struct pt_match dev[IE_PRE_DEVICES];
	unsigned int devices;
	u64 mem;
	u64 below4g;
};

/**
 * ie_pre_parse() - read a request
 * @text: as in the grammar, not necessarily terminated
 * @len: its length; white space at the end does not count
 * @request: the result
 * @why: in words, on failure
 * Return: 0 or -EINVAL.
 */
int ie_pre_parse(const char *text, size_t len, struct ie_pre_request *request,
		 const char **why);

/**
 * ie_pre_q35() - where QEMU's machine q35 puts RAM
 * @mem: how much there is
 * @below4g: as in the request
 * @layout: the result
 */
void ie_pre_q35(u64 mem, u64 below4g, struct ie_pre_layout *layout);

/**
 * struct ie_pre_region - memory that is reserved for a device
 * @range: the memory
 * @device: index of the device in the request
 * @relaxable: Linux gives the device away in spite of it
 */
struct ie_pre_region {
	struct ie_pre_range range;
	u8 device;
	bool relaxable;
};

/**
 * struct ie_pre_question - a request, and what the machine knows about its devices
 * @request: the request
 * @region: their reserved memory, in the order of devices
 * @regions: how many
 * @has_vfs: bit N for device N: it can have VFs
 * @others: of whose sets the others are, which are not in the request: addresses with
 *	    blanks, or an empty text
 */
struct ie_pre_question {
	const struct ie_pre_request *request;
	const struct ie_pre_region *region;
	unsigned int regions;
	u32 has_vfs;
	const char *others;
};

/**
 * ie_pre_answer() - the answer in words
 * @question: the question
 * @text: where it goes
 * @room: how much fits
 *
 * The first line is for programs: "strict=no reserve=no map=no relaxed=yes". Then two
 * lines or more for each region, then what to do.
 *
 * Return: the length of @text.
 */
size_t ie_pre_answer(const struct ie_pre_question *question, char *text, size_t room);

#endif /* IE_PREFLIGHT_CORE_H */

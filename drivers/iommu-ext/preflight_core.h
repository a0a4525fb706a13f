/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before a guest is started: which reserved memory of its devices would lie in its RAM,
 * what would come of it under each policy, and what to do.
 *
 * A request is a list (linux/pt_list.h) of devices, "mem=" size, perhaps "below4g=" size and
 * "machine=" type. Sizes are read as QEMU reads them:
 *
 *   size    = number [ "." digits ] [ "B" / "K" / "M" / "G" / "T" ]	(any case)
 *
 * mem is QEMU's -m, MiB without a letter; below4g the option max-ram-below-4g of its
 * machine, bytes without a letter, also in hexadecimal. machine is q35, or pc (i440fx),
 * also with a version, pc-q35-9.2; without it the answer has to hold for both.
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

/* The machine types of QEMU that are known, as bits. */
#define IE_PRE_Q35	0x1
#define IE_PRE_PC	0x2

/**
 * struct ie_pre_request - what was asked
 * @dev: the devices, each by its address
 * @devices: how many
 * @mem: bytes of RAM
 * @below4g: at most so much of it below 4 GB, 0 for as QEMU likes it
 * @machines: IE_PRE_Q35, IE_PRE_PC, or both
 */
struct ie_pre_request {
	struct pt_match dev[IE_PRE_DEVICES];
	unsigned int devices;
	u64 mem;
	u64 below4g;
	u8 machines;
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
 * ie_pre_ram() - where a machine of QEMU's has RAM
 * @machine: IE_PRE_Q35 or IE_PRE_PC
 * @mem: how much there is
 * @below4g: as in the request
 * @layout: the result
 */
void ie_pre_ram(u8 machine, u64 mem, u64 below4g, struct ie_pre_layout *layout);

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
 * struct ie_pre_now - what holds for a device at present
 * @wanted: an enum ie_policy: what the rules say
 * @policy: an enum ie_policy: what is in force
 * @no_iommu: no IOMMU translates for it
 */
struct ie_pre_now {
	u8 wanted;
	u8 policy;
	bool no_iommu;
};

/**
 * struct ie_pre_question - a request, and what the machine knows about its devices
 * @request: the request
 * @now: of each device
 * @region: their reserved memory, in the order of devices
 * @regions: how many
 * @kernel: an enum ie_kernel: what strict means here
 * @mode: why no policy can be put into force, NULL if they can
 * @has_vfs: bit N for device N: it can have VFs
 * @others: of whose sets the others are, which are not in the request: addresses with
 *	    blanks, or an empty text
 */
struct ie_pre_question {
	const struct ie_pre_request *request;
	const struct ie_pre_now *now;
	const struct ie_pre_region *region;
	unsigned int regions;
	u8 kernel;
	const char *mode;
	u32 has_vfs;
	const char *others;
};

/**
 * ie_pre_answer() - the answer in words
 * @question: the question
 * @text: where it goes
 * @room: how much fits
 *
 * The first line is for programs: "strict=no reserve=no map=no relaxed=yes relaxed-low=yes".
 * Then "now: " lines with what is in force, "do: " lines with what to do, what each
 * policy would do, and a line for each region, of which those at the end are cut off first.
 *
 * Return: the length of @text.
 */
size_t ie_pre_answer(const struct ie_pre_question *question, char *text, size_t room);

#endif /* IE_PREFLIGHT_CORE_H */

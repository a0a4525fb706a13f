// SPDX-License-Identifier: GPL-2.0
/* What would come of a guest with these devices, see preflight_core.h. */
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#endif
#include "policy_core.h"
#include "preflight_core.h"

#define KB	1024ull
#define MB	(1024 * KB)
#define GB	(1024 * MB)

#define VGA_START	(640 * KB)
#define VGA_END		(768 * KB)
#define LOW_MIN		(64 * MB)	/* less than a guest's firmware can do with */

struct out {
	char *text;
	size_t room;
	size_t n;
};

#define add(to, ...) do {							\
	struct out *_o = (to);							\
										\
	_o->n += scnprintf(_o->text + _o->n, _o->room - _o->n, __VA_ARGS__);	\
} while (0)

static void add_range(struct ie_pre_layout *layout, u64 start, u64 size)
{
	if (size)
		layout->range[layout->count++] = (struct ie_pre_range) { start, start + size - 1 };
}

/* How much is below 4 GB, as pc_q35.c of QEMU has it. */
static u64 q35_low(u64 mem, u64 below4g)
{
	u64 low = mem >= 2816 * MB ? 2 * GB : 2816 * MB;

	return below4g ? min(low, below4g) : low;
}

/* As pc_piix.c of QEMU has it: a limit can also raise it, as long as nothing is above. */
static u64 pc_low(u64 mem, u64 below4g)
{
	u64 low = below4g ?: 3584 * MB;

	return mem >= low ? min(low, 3 * GB) : low;
}

void ie_pre_ram(u8 machine, u64 mem, u64 below4g, struct ie_pre_layout *layout)
{
	u64 low = machine == IE_PRE_PC ? pc_low(mem, below4g) : q35_low(mem, below4g);

	low = min(low, mem);
	layout->count = 0;
	add_range(layout, 0, min_t(u64, low, VGA_START));
	add_range(layout, VGA_END, low > VGA_END ? low - VGA_END : 0);
	add_range(layout, 4 * GB, mem - low);
}

static bool in_ram(const struct ie_pre_layout *layout, const struct ie_pre_range *range)
{
	unsigned int i;

	for (i = 0; i < layout->count; i++)
		if (layout->range[i].start <= range->end && range->start <= layout->range[i].end)
			return true;
	return false;
}

/* Which of the machines that were asked for have RAM there? */
static u8 ram_of(const struct ie_pre_request *request, u64 below4g,
		 const struct ie_pre_range *range)
{
	struct ie_pre_layout layout;
	u8 machine, found = 0;

	for (machine = IE_PRE_Q35; machine <= IE_PRE_PC; machine <<= 1) {
		if (!(request->machines & machine))
			continue;
		ie_pre_ram(machine, request->mem, below4g, &layout);
		if (in_ram(&layout, range))
			found |= machine;
	}
	return found;
}

static bool is_low(const struct ie_pre_region *region)
{
	return region->range.start < IE_LOW_END;
}

/*
 * What may happen with a region. What Linux gives away by itself needs no policy; of the
 * rest it matters whether the guest has RAM there, and below 1 MB it always has.
 */
enum class {
	RELAXABLE,
	OUTSIDE,
	IN_LOW,
	IN_HIGH,
	CLASSES
};

static enum class class_of(const struct ie_pre_question *q, unsigned int i)
{
	const struct ie_pre_region *region = &q->region[i];

	if (region->relaxable)
		return RELAXABLE;
	if (!ram_of(q->request, q->request->below4g, &region->range))
		return OUTSIDE;
	return is_low(region) ? IN_LOW : IN_HIGH;
}

/**
 * struct finding - what follows from all regions
 * @classes: bit N: there is a region of enum class N
 * @no_iommu: a device has none
 * @given: bit N: under policy N the guest gets all of its devices
 */
struct finding {
	u8 classes;
	bool no_iommu;
	u8 given;
};

static bool has_locked(const struct finding *finding)
{
	return finding->classes & ~BIT(RELAXABLE);
}

static void find(const struct ie_pre_question *q, struct finding *finding)
{
	bool holes, strict;
	unsigned int i;

	*finding = (struct finding) {};
	for (i = 0; i < q->regions; i++)
		finding->classes |= BIT(class_of(q, i));
	for (i = 0; i < q->request->devices; i++)
		finding->no_iommu |= q->now[i].no_iommu;
	if (finding->no_iommu)
		return;

	holes = !(finding->classes & (BIT(IN_LOW) | BIT(IN_HIGH)));
	strict = !has_locked(finding) || (holes && q->kernel == IE_KERNEL_NOTHING);
	finding->given = BIT(IE_RELAXED);
	if (strict)
		finding->given |= BIT(IE_STRICT);
	if (holes)
		finding->given |= BIT(IE_RESERVE) | BIT(IE_MAP);
	if (!(finding->classes & BIT(IN_HIGH)))
		finding->given |= BIT(IE_RELAXED_LOW);
}

/* Linux gives the others away, or nothing keeps RAM away from them. */
static bool is_locked_high(const struct ie_pre_region *region)
{
	return !region->relaxable && !is_low(region);
}

static bool keeps_away(const struct ie_pre_question *q, u64 limit)
{
	unsigned int i;

	if (limit < LOW_MIN)
		return false;
	for (i = 0; i < q->regions; i++)
		if (is_locked_high(&q->region[i]) &&
		    ram_of(q->request, limit, &q->region[i].range))
			return false;
	return true;
}

/*
 * The largest limit that keeps RAM out of all regions but those below 1 MB, 0 for none.
 * Whole GB where there is one: QEMU warns of others.
 */
static u64 find_limit(const struct ie_pre_question *q)
{
	u64 limit = min(q->request->mem, 4 * GB);
	unsigned int i;

	for (i = 0; i < q->regions; i++)
		if (is_locked_high(&q->region[i]) && q->region[i].range.start < 4 * GB)
			limit = min(limit, q->region[i].range.start & ~(MB - 1));
	if (limit >= GB && keeps_away(q, limit & ~(GB - 1)))
		return limit & ~(GB - 1);
	return keeps_away(q, limit) ? limit : 0;
}

static void add_name(struct out *out, const struct pt_match *dev)
{
	add(out, "%04x:%02x:%02x.%x", dev->segment, dev->bus, dev->devfn >> 3, dev->devfn & 7);
}

/* For programs that know it: what is new comes at the end. */
static void add_verdict(struct out *out, const struct finding *finding)
{
	static const u8 order[] = { IE_STRICT, IE_RESERVE, IE_MAP, IE_RELAXED, IE_RELAXED_LOW };
	static const char *const words[] = { "no", "yes" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		add(out, "%s%s=%s", i ? " " : "", ie_policy_name(order[i]),
		    words[!!(finding->given & BIT(order[i]))]);
	add(out, "\n");
}

static bool is_locked(const struct ie_pre_question *q, unsigned int device)
{
	unsigned int i;

	for (i = 0; i < q->regions; i++)
		if (q->region[i].device == device && !q->region[i].relaxable)
			return true;
	return false;
}

static void add_now(struct out *out, const struct ie_pre_question *q)
{
	const struct ie_pre_now *now;
	unsigned int i;

	if (q->mode)
		add(out, "now: no policy can be put into force: %s\n", q->mode);
	for (i = 0; i < q->request->devices; i++) {
		now = &q->now[i];
		if (!is_locked(q, i) && !now->no_iommu)
			continue;
		add(out, "now: ");
		add_name(out, &q->request->dev[i]);
		if (now->no_iommu)
			add(out, " has no IOMMU, nothing can be given\n");
		else if (now->wanted != now->policy)
			add(out, " has policy %s; %s is wanted\n", ie_policy_name(now->policy),
			    ie_policy_name(now->wanted));
		else
			add(out, " has policy %s\n", ie_policy_name(now->policy));
	}
}

/* The policy that a device needs; relaxed-low is as reserve for one with no region that low. */
static unsigned int policy_for(const struct ie_pre_question *q, unsigned int device)
{
	unsigned int i;

	for (i = 0; i < q->regions; i++)
		if (q->region[i].device == device && class_of(q, i) == IN_LOW)
			return IE_RELAXED_LOW;
	return IE_RESERVE;
}

static bool will_do(unsigned int policy, unsigned int needed)
{
	return policy == needed ||
	       (needed == IE_RESERVE && (policy == IE_MAP || policy == IE_RELAXED_LOW));
}

/* Has each device that needs a policy one that will do for it? */
static bool is_in_force(const struct ie_pre_question *q)
{
	unsigned int i;

	for (i = 0; i < q->request->devices; i++)
		if (is_locked(q, i) && !will_do(q->now[i].policy, policy_for(q, i)))
			return false;
	return true;
}

static void add_vfs(struct out *out, const struct ie_pre_question *q)
{
	unsigned int i;

	for (i = 0; i < q->request->devices; i++) {
		if (!(q->has_vfs & BIT(i)) || !is_locked(q, i))
			continue;
		add(out, "do: use a VF of ");
		add_name(out, &q->request->dev[i]);
		add(out, ", for VFs nothing is reserved\n");
	}
}

/* Where RAM of one machine only is in the way, above 1 MB. */
static bool q35_helps(const struct ie_pre_question *q)
{
	struct ie_pre_request request = *q->request;
	unsigned int i;

	request.machines = IE_PRE_Q35;
	for (i = 0; i < q->regions; i++)
		if (!q->region[i].relaxable && !is_low(&q->region[i]) &&
		    ram_of(&request, request.below4g, &q->region[i].range))
			return false;
	return q->request->machines & IE_PRE_PC;
}

/* RAM is in the way above 1 MB. */
static void add_move(struct out *out, const struct ie_pre_question *q, const char *policy)
{
	u64 limit = find_limit(q);

	if (q35_helps(q))
		add(out, "do: policy %s, and machine type q35, which has no RAM there\n", policy);
	if (limit)
		add(out, "do: policy %s, and keep RAM away: max-ram-below-4g=%lluM\n", policy,
		    (unsigned long long)(limit / MB));
	if (!limit && !q35_helps(q))
		add(out, "do: policy relaxed, the last resort: nothing keeps RAM away\n");
}

static void add_cure(struct out *out, const struct ie_pre_question *q,
		     const struct finding *finding)
{
	unsigned int policy = finding->classes & BIT(IN_LOW) ? IE_RELAXED_LOW : IE_RESERVE;

	if (finding->given & BIT(policy) && is_in_force(q)) {
		add(out, "do: nothing, the policy in force will do\n");
		return;
	}
	add(out, "do: look for the firmware's own switch first ");
	add(out, "(HPE: Shared Memory Features; AM5: Pre-boot DMA Protection)\n");
	add_vfs(out, q);
	if (!(finding->given & BIT(policy)))
		add_move(out, q, ie_policy_name(policy));
	else if (policy == IE_RESERVE)
		add(out, "do: policy reserve; map if the kernel log then has DMA faults there\n");
	else
		add(out, "do: policy relaxed-low; RAM of a PC below 1 MB cannot be kept away\n");
}

static void add_advice(struct out *out, const struct ie_pre_question *q,
		       const struct finding *finding)
{
	if (finding->no_iommu) {
		add(out, "do: switch the IOMMU on: VT-d or AMD-Vi in the firmware, ");
		add(out, "intel_iommu=on for Linux, no iommu=0 for Xen\n");
	} else if (!(finding->given & BIT(IE_STRICT))) {
		add_cure(out, q, finding);
	}
	if (q->others[0])
		add(out, "do: give the whole set, or leave it without drivers: %s\n", q->others);
}

/* What each policy does with the regions of a class. */
static void add_class(struct out *out, const struct ie_pre_question *q, enum class class)
{
	bool nothing = q->kernel == IE_KERNEL_NOTHING;

	if (class == RELAXABLE) {
		add(out, "reserved at boot only: given by Linux itself\n");
		return;
	}
	if (class == OUTSIDE) {
		add(out, "outside of RAM:\n%s", nothing ? "" : "  strict: refused\n");
		add(out, "  %sreserve, relaxed-low, relaxed: given, ", nothing ? "strict, " : "");
		add(out, "what firmware does there fails\n");
		add(out, "  map: given, what firmware does there works\n");
		return;
	}
	add(out, "in RAM%s:\n%s", class == IN_LOW ? " below 1 MB" : "",
	    nothing ? "" : "  strict: refused\n");
	add(out, "  %sreserve, map%s: refused when QEMU maps its RAM there\n",
	    nothing ? "strict, " : "", class == IN_LOW ? "" : ", relaxed-low");
	add(out, "  %srelaxed: given, what firmware writes there lands in the guest's RAM\n",
	    class == IN_LOW ? "relaxed-low, " : "");
}

static void add_region(struct out *out, const struct ie_pre_question *q,
		       const struct ie_pre_region *region)
{
	u8 found = ram_of(q->request, q->request->below4g, &region->range);

	add_name(out, &q->request->dev[region->device]);
	add(out, " 0x%llx-0x%llx is %s%s the guest's RAM", (unsigned long long)region->range.start,
	    (unsigned long long)region->range.end,
	    region->relaxable ? "reserved at boot only, " : "", found ? "in" : "outside of");
	if (found && found != q->request->machines)
		add(out, " with machine type %s", found == IE_PRE_PC ? "pc" : "q35");
	add(out, "\n");
}

size_t ie_pre_answer(const struct ie_pre_question *q, char *text, size_t room)
{
	struct out out = { .text = text, .room = room };
	struct finding finding;
	unsigned int i;

	find(q, &finding);
	text[0] = '\0';
	add_verdict(&out, &finding);
	add_now(&out, q);
	add_advice(&out, q, &finding);

	for (i = 0; i < CLASSES && !finding.no_iommu; i++)
		if (finding.classes & BIT(i))
			add_class(&out, q, i);
	for (i = 0; i < q->regions; i++)
		add_region(&out, q, &q->region[i]);
	return out.n;
}

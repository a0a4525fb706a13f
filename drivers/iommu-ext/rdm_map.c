// SPDX-License-Identifier: GPL-2.0
/*
 * Policy "map", see rdm_map.h.
 *
 * Mapping: when a group got its domain, the task that attached it maps on its way back
 * to user space (task work; a work item where there is no user space to go back to).
 * Not in the probe itself, which must not sleep, and not earlier, because VFIO asks
 * for coherent access only a domain that is empty. The group's mutex is held, and the
 * group still has that domain, so it is there.
 *
 * Unmapping: when a group left a domain, in the probe. The domain may live on for
 * other groups, and its owner, who is not back from the call yet, may use the hole
 * from then on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/workqueue.h>

#include "map_core.h"
#include "probe.h"
#include "rdm_map.h"

#define PENDING	0	/* bit in ie_map.flags: its work is queued */

/**
 * struct ie_map - what is mapped for a group
 * @node: in the table
 * @rcu: probes look it up
 * @refs: the table's, the queued work's, and a probe's while it looks
 * @group: referenced
 * @work: queued for a task
 * @late: queued where there is no task, and to be freed
 * @flags: PENDING
 * @domain: the one that the group was attached to last, NULL since it left; under @lock
 * @mapped: the one that the regions are mapped in; under @lock
 * @room: entries of @regions
 * @n: how many of them are used
 * @regions: whole pages
 */
struct ie_map {
	struct hlist_node node;
	struct rcu_head rcu;
	struct kref refs;
	struct iommu_group *group;
	struct callback_head work;
	struct work_struct late;
	unsigned long flags;
	struct iommu_domain *domain;
	struct iommu_domain *mapped;
	unsigned int room;
	unsigned int n;
	struct ie_memory regions[] __counted_by(room);
};

static DEFINE_HASHTABLE(table, 6);

/*
 * Protects the table against changes, and who is mapped where. Taken in probes, within
 * a group's mutex or without; nothing but the IOMMU driver's own locks is taken in it.
 */
static DEFINE_RAW_SPINLOCK(lock);

static struct workqueue_struct *workers;
static atomic_t queued = ATOMIC_INIT(0);	/* task works that have not ended */
static DECLARE_WAIT_QUEUE_HEAD(none_queued);

static struct ie_map *find(const struct iommu_group *group)
{
	struct ie_map *map;

	hash_for_each_possible_rcu(table, map, node, (unsigned long)group,
				   lockdep_is_held(&lock))
		if (map->group == group)
			return map;
	return NULL;
}

static struct ie_map *get(const struct iommu_group *group)
{
	struct ie_map *map;

	rcu_read_lock();
	map = find(group);
	if (map && !kref_get_unless_zero(&map->refs))
		map = NULL;
	rcu_read_unlock();
	return map;
}

static void free_late(struct work_struct *work)
{
	struct ie_map *map = container_of(work, struct ie_map, late);

	iommu_group_put(map->group);
	kfree_rcu(map, rcu);
}

/* In a probe perhaps, and a group's last reference wants to sleep. */
static void release(struct kref *refs)
{
	struct ie_map *map = container_of(refs, struct ie_map, refs);

	INIT_WORK(&map->late, free_late);
	queue_work(workers, &map->late);
}

static void put(struct ie_map *map)
{
	kref_put(&map->refs, release);
}

/*
 * Page by page, so that no page of the table is larger: another device's memory may end
 * in the middle of it, and unmapping a part of such a page unmaps all of it.
 */
static int map_pages(struct iommu_domain *domain, const struct ie_memory *region)
{
	u64 at;
	int err;

	for (at = region->start; at < region->end; at += PAGE_SIZE) {
		/* Another device of this domain may have the same memory. */
		if (iommu_iova_to_phys(domain, at))
			continue;
		err = iommu_map(domain, at, at, PAGE_SIZE, region->prot, GFP_KERNEL);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static void tell_failure(struct device *device, int result)
{
	const struct pt_event event = {
		.event = PT_CORE_EVENT_POLICY_REFUSED,
		.source = KBUILD_MODNAME,
		.state = ie_policy_name(IE_MAP),
		.reason = "reserved memory cannot be mapped",
		.has_result = true,
		.result = result,
	};

	dev_err(device, "its reserved memory cannot be mapped: error %d; access to it will fault\n",
		result);
	if (dev_is_pci(device))
		pt_event(to_pci_dev(device), &event);
}

/*
 * For the first device of the group, whose mutex is held. A nested domain has a table of the
 * guest's, in which the kernel can look up and map nothing.
 */
static int map_regions(struct device *device, void *data)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(device);
	struct ie_map *map = data;
	bool still;
	unsigned int i;
	int err = 0;

	/* Whoever unmaps holds the lock, and sees from now on that we need it. */
	raw_spin_lock(&lock);
	still = domain && map->domain == domain && domain->type & __IOMMU_DOMAIN_PAGING;
	if (still)
		map->mapped = domain;
	raw_spin_unlock(&lock);

	for (i = 0; still && !err && i < map->n; i++)
		err = map_pages(domain, &map->regions[i]);
	if (err)
		tell_failure(device, err);
	return 1;
}

static void map_now(struct ie_map *map)
{
	clear_bit(PENDING, &map->flags);
	iommu_group_for_each_dev(map->group, map, map_regions);
	put(map);
}

static void map_in_task(struct callback_head *work)
{
	map_now(container_of(work, struct ie_map, work));
	if (atomic_dec_and_test(&queued))
		wake_up(&none_queued);
}

static void map_late(struct work_struct *work)
{
	map_now(container_of(work, struct ie_map, late));
}

/* Takes over the caller's reference. */
static void queue(struct ie_map *map)
{
	if (test_and_set_bit(PENDING, &map->flags)) {
		put(map);
		return;
	}
	atomic_inc(&queued);
	if (!(current->flags & PF_KTHREAD) &&
	    !task_work_add(current, &map->work, TWA_RESUME))
		return;
	atomic_dec(&queued);
	queue_work(workers, &map->late);
}

/* What other maps need in this domain. */
static void add_needs(struct ie_map_step *step, const struct iommu_domain *domain)
{
	const struct ie_map *map;
	int bucket;
	unsigned int i;

	hash_for_each(table, bucket, map, node)
		for (i = 0; map->mapped == domain && i < map->n; i++)
			ie_map_step_need(step, map->regions[i].start, map->regions[i].end);
}

static void unmap_region(struct iommu_domain *domain, const struct ie_memory *region)
{
	struct ie_map_step step;
	u64 at;

	for (at = region->start; at < region->end; at = step.next) {
		ie_map_step_begin(&step, at, region->end);
		add_needs(&step, domain);
		if (!step.needed)
			iommu_unmap(domain, at, step.next - at);
	}
}

static void leave(struct ie_map *map, struct iommu_domain *domain)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&lock, flags);
	if (map->domain == domain)
		map->domain = NULL;
	if (map->mapped == domain) {
		map->mapped = NULL;
		for (i = 0; i < map->n; i++)
			unmap_region(domain, &map->regions[i]);
	}
	raw_spin_unlock_irqrestore(&lock, flags);
}

/**
 * struct call - of iommu_attach_group() or iommu_detach_group()
 * @domain: first argument
 * @group: second argument
 */
struct call {
	struct iommu_domain *domain;
	struct iommu_group *group;
};

static int call_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;
	struct ie_map *map;

	call->domain = ie_probe_arg(regs, 0);
	call->group = ie_probe_arg(regs, 1);
	map = get(call->group);
	if (!map)
		return IE_PROBE_SKIP;
	put(map);
	return IE_PROBE_RETURN;
}

static int attach_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;
	struct ie_map *map = get(call->group);
	unsigned long flags;

	if (!map)
		return 0;
	if ((int)regs_return_value(regs)) {
		put(map);
		return 0;
	}
	raw_spin_lock_irqsave(&lock, flags);
	map->domain = call->domain;
	raw_spin_unlock_irqrestore(&lock, flags);
	queue(map);
	return 0;
}

static int detach_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;
	struct ie_map *map = get(call->group);

	if (!map)
		return 0;
	leave(map, call->domain);
	put(map);
	return 0;
}

static struct kretprobe attach_probe = {
	.kp.symbol_name = "iommu_attach_group",
	.entry_handler = call_entry,
	.handler = attach_return,
	.data_size = sizeof(struct call),
	.maxactive = IE_PROBE_ACTIVE,
};

static struct kretprobe detach_probe = {
	.kp.symbol_name = "iommu_detach_group",
	.entry_handler = call_entry,
	.handler = detach_return,
	.data_size = sizeof(struct call),
	.maxactive = IE_PROBE_ACTIVE,
};

unsigned long ie_map_nmissed(void)
{
	return ie_probe_missed(&attach_probe) + ie_probe_missed(&detach_probe);
}

struct ie_map *ie_map_new(struct iommu_group *group, unsigned int room)
{
	struct ie_map *map = kzalloc(struct_size(map, regions, room), GFP_KERNEL);

	if (!map)
		return NULL;
	kref_init(&map->refs);
	map->group = iommu_group_ref_get(group);
	init_task_work(&map->work, map_in_task);
	INIT_WORK(&map->late, map_late);
	map->room = room;
	return map;
}

void ie_map_add(struct ie_map *map, const struct ie_memory *region)
{
	if (map->n == map->room)
		return;
	map->regions[map->n] = *region;
	map->regions[map->n].start = round_down(region->start, PAGE_SIZE);
	map->regions[map->n].end = round_up(region->end + 1, PAGE_SIZE);
	map->n++;
}

void ie_map_free(struct ie_map *map)
{
	if (map)
		put(map);
}

void ie_map_replace(struct iommu_group *group, struct ie_map *map)
{
	struct ie_map *old;
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	old = find(group);
	if (old)
		hash_del_rcu(&old->node);
	if (map)
		hash_add_rcu(table, &map->node, (unsigned long)group);
	raw_spin_unlock_irqrestore(&lock, flags);
	ie_map_free(old);
}

int ie_map_init(void)
{
	int err;

	workers = alloc_workqueue("iommu_ext", WQ_PERCPU, 0);
	if (!workers)
		return -ENOMEM;
	err = register_kretprobe(&attach_probe);
	if (err)
		goto err_workers;
	err = register_kretprobe(&detach_probe);
	if (err)
		goto err_attach;
	return 0;

err_attach:
	unregister_kretprobe(&attach_probe);
err_workers:
	destroy_workqueue(workers);
	return err;
}

void ie_map_exit(void)
{
	struct hlist_node *next;
	struct ie_map *map;
	int bucket;

	unregister_kretprobe(&detach_probe);
	unregister_kretprobe(&attach_probe);
	wait_event(none_queued, !atomic_read(&queued));
	/* A task that was the last to count down may still be on its way out of us. */
	synchronize_rcu_tasks();
	hash_for_each_safe(table, bucket, next, map, node) {
		hash_del_rcu(&map->node);
		ie_map_free(map);
	}
	destroy_workqueue(workers);
}

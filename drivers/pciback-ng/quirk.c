// SPDX-License-Identifier: GPL-2.0
/* Quirks of resets, see quirk.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include "quirk.h"
#include "quirk_reg.h"
#include "trace.h"
#include "words_core.h"

#define AF_MS		100	/* until an FLR is over, as the specification has it */
#define AF_PENDING	8	/* times that to wait for transactions before it */

static struct pbng_quirk_table table = { .room = PBNG_QUIRK_ENTRIES };
static unsigned int epoch;
static DECLARE_RWSEM(quirks_lock);	/* protects both */

/**
 * struct pbng_quirks - the quirks of one device
 * @lock: protects @reg and @count against those who only look; a reset is the only
 *	  one that changes them
 * @epoch: the entries are those of then
 * @methods: what we have forbidden to the PCI core
 * @waived: it is given on without a reset
 * @delay: after a reset, in ms
 * @af: where the capability is that is not linked, or 0
 * @waited: that was done since the last reset
 * @count: registers
 * @reg: the registers in the order of restoring
 */
struct pbng_quirks {
	struct mutex lock;	/* for @reg and @count */
	unsigned int epoch;
	pci_dev_flags_t methods;
	bool waived;
	u16 delay;
	u16 af;
	bool waited;
	unsigned int count;
	struct pbng_quirk_reg *reg;
};

static int apply_entry(const struct pt_list_entry *entry, struct pbng_rule_error *error)
{
	struct pbng_quirk_line line;
	int err;

	err = pbng_quirk_parse(entry->text, entry->len, &line, error);
	if (err <= 0)
		return err;
	down_write(&quirks_lock);
	err = pbng_quirk_apply(&table, &line);
	epoch++;
	up_write(&quirks_lock);
	if (err)
		error->why = err == -ENOENT ? "there is no such entry" :
					      "there are too many entries";
	return err;
}

int pbng_quirk_next(struct pt_list *list, struct pt_list_entry *entry,
		    struct pbng_rule_error *error)
{
	return pbng_words_next_entry(list, entry, error, "(8086:10c9 bar0 560c 4)", apply_entry);
}

int pbng_quirk_init(void)
{
	const char *const *text;
	struct pbng_rule_error error;
	struct pbng_quirk_line line;

	table.quirk = kvcalloc(table.room, sizeof(*table.quirk), GFP_KERNEL);
	if (!table.quirk)
		return -ENOMEM;
	for (text = pbng_quirk_builtin; *text; text++) {
		pbng_quirk_parse(*text, strlen(*text), &line, &error);
		line.quirk.builtin = true;
		pbng_quirk_apply(&table, &line);
	}
	return 0;
}

void pbng_quirk_exit(void)
{
	kvfree(table.quirk);
}

void pbng_quirk_for_each(int (*fn)(const struct pbng_quirk *quirk, void *data),
			 void *data)
{
	unsigned int i;

	down_read(&quirks_lock);
	for (i = 0; i < table.count; i++)
		if (fn(&table.quirk[i], data))
			break;
	up_read(&quirks_lock);
}

void pbng_quirk_visit_regs(struct pbng_dev *dev,
			   void (*fn)(const struct pbng_quirk_reg *reg, void *data),
			   void *data)
{
	struct pbng_quirks *q = dev->quirk;
	unsigned int i;

	mutex_lock(&q->lock);
	for (i = 0; i < q->count; i++)
		fn(&q->reg[i], data);
	mutex_unlock(&q->lock);
}

static void forbid(struct pbng_dev *dev, u8 methods)
{
	struct pci_dev *pdev = dev->pdev;
	struct pbng_quirks *q = dev->quirk;
	pci_dev_flags_t flags = 0;

	if (methods & BIT(PBNG_QUIRK_NO_FLR))
		flags |= PCI_DEV_FLAGS_NO_FLR_RESET;
	if (methods & BIT(PBNG_QUIRK_NO_PM))
		flags |= PCI_DEV_FLAGS_NO_PM_RESET;
	if (methods & BIT(PBNG_QUIRK_NO_BUS))
		flags |= PCI_DEV_FLAGS_NO_BUS_RESET;
	pdev->dev_flags &= ~q->methods;
	/* Only what is ours is taken back one day. */
	q->methods = flags & ~pdev->dev_flags;
	pdev->dev_flags |= q->methods;
}

/* Without its value a register can be restored only if claiming has read it. */
static void find_raw(const struct pbng_quirks *q, struct pbng_quirk_reg *reg)
{
	const struct pbng_quirk *quirk = &reg->quirk;
	const struct pbng_quirk_reg *old;

	for (old = q->reg; old < q->reg + q->count; old++) {
		if (old->quirk.space != quirk->space || old->quirk.offset != quirk->offset ||
		    old->quirk.width != quirk->width)
			continue;
		reg->found = old->found;
		reg->raw = old->raw;
		if (!quirk->has_value && !reg->never)
			reg->never = old->never;
		return;
	}
	if (!quirk->has_value && !reg->never)
		reg->never = "the entry came after the claim, without value=";
}

static void complain(struct pbng_dev *dev, const struct pbng_quirk_reg *reg, const char *why)
{
	char space[PBNG_QUIRK_SPACE];

	pbng_quirk_space(reg->quirk.space, space);
	dev_warn_ratelimited(&dev->pdev->dev,
			     "register %s %x is not put back after resets: %s\n", space,
			     reg->quirk.offset, why);
}

/* The entries as they are now, for this device. */
static int take_plan(struct pbng_dev *dev, struct pbng_quirk_plan *plan)
{
	struct pbng_selector selectors[PBNG_FACTS_SELECTORS];
	unsigned int n = pbng_rules_selectors(dev->pdev, selectors);

	down_read(&quirks_lock);
	pbng_quirk_find(&table, selectors, n, plan);
	dev->quirk->epoch = epoch;
	up_read(&quirks_lock);
	if (plan->left_out)
		pci_warn(dev->pdev, "%u registers are not put back after resets: more than %u, or delays of more than %u ms\n",
			 plan->left_out, PBNG_QUIRK_REGS, PBNG_QUIRK_MAX_DELAY);
	return plan->count;
}

static int make_regs(struct pbng_dev *dev, const struct pbng_quirk_plan *plan,
		     struct pbng_quirk_reg **regs)
{
	struct pbng_quirk_reg *reg;
	unsigned int i;

	*regs = NULL;
	if (!plan->count)
		return 0;
	reg = kvcalloc(plan->count, sizeof(*reg), GFP_KERNEL);
	if (!reg)
		return -ENOMEM;
	for (i = 0; i < plan->count; i++) {
		reg[i].quirk = plan->reg[i];
		reg[i].never = pbng_quirk_reg_refused(dev->pdev, &reg[i].quirk);
	}
	*regs = reg;
	return 0;
}

static void use_plan(struct pbng_dev *dev, const struct pbng_quirk_plan *plan,
		     struct pbng_quirk_reg *reg)
{
	struct pbng_quirks *q = dev->quirk;
	struct pbng_quirk_reg *old = q->reg;

	forbid(dev, plan->methods);
	q->waived = plan->methods & BIT(PBNG_QUIRK_NO_RESET);
	q->delay = plan->delay;
	q->af = plan->af;
	mutex_lock(&q->lock);
	q->reg = reg;
	q->count = plan->count;
	mutex_unlock(&q->lock);
	kvfree(old);
}

/* What firmware or the host has set up. */
static void read_regs(struct pbng_dev *dev)
{
	struct pbng_quirks *q = dev->quirk;
	struct pbng_quirk_reg *reg;
	u16 command;

	if (!q->count)
		return;
	command = pbng_quirk_reg_open(dev->pdev);
	for (reg = q->reg; reg < q->reg + q->count; reg++) {
		if (!reg->never && !reg->quirk.has_value) {
			reg->never = pbng_quirk_reg_read(dev->pdev, &reg->quirk, &reg->raw);
			/* Memory that nobody answers for reads like that. */
			if (!reg->never && reg->quirk.space != PBNG_QUIRK_CONFIG &&
			    reg->raw == pbng_quirk_all_bits(reg->quirk.width))
				reg->never = "it read as all-ones when it was claimed";
			reg->found = !reg->never;
		}
		if (reg->never)
			complain(dev, reg, reg->never);
	}
	pbng_quirk_reg_close(dev->pdev, command);
}

int pbng_quirk_claim(struct pbng_dev *dev)
{
	struct pbng_quirk_plan *plan = kmalloc(sizeof(*plan), GFP_KERNEL);
	struct pbng_quirk_reg *reg;
	int err = -ENOMEM;

	dev->quirk = kzalloc(sizeof(*dev->quirk), GFP_KERNEL);
	if (!plan || !dev->quirk)
		goto err_quirk;
	mutex_init(&dev->quirk->lock);
	take_plan(dev, plan);
	err = make_regs(dev, plan, &reg);
	if (err)
		goto err_quirk;
	use_plan(dev, plan, reg);
	kfree(plan);
	read_regs(dev);
	return 0;

err_quirk:
	kfree(dev->quirk);
	dev->quirk = NULL;
	kfree(plan);
	return err;
}

/* The entries have changed: those that are new hold from now on, if they can. */
static int plan_again(struct pbng_dev *dev)
{
	struct pbng_quirk_plan *plan = kmalloc(sizeof(*plan), GFP_KERNEL);
	struct pbng_quirk_reg *reg;
	unsigned int i;
	int err;

	if (!plan)
		return -ENOMEM;
	take_plan(dev, plan);
	err = make_regs(dev, plan, &reg);
	if (!err) {
		for (i = 0; i < plan->count; i++)
			find_raw(dev->quirk, &reg[i]);
		use_plan(dev, plan, reg);
	}
	kfree(plan);
	return err;
}

static void note(struct pbng_dev *dev, struct pbng_quirk_reg *reg,
		 enum pbng_quirk_result result, u32 seen, const char *why)
{
	mutex_lock(&dev->quirk->lock);
	reg->result = result;
	reg->seen = seen;
	reg->why = why;
	mutex_unlock(&dev->quirk->lock);
}

static void note_all(struct pbng_dev *dev, const char *why)
{
	struct pbng_quirks *q = dev->quirk;
	struct pbng_quirk_reg *reg;

	for (reg = q->reg; reg < q->reg + q->count; reg++)
		note(dev, reg, PBNG_QUIRK_SKIPPED, 0, why);
}

static bool changed(const struct pbng_quirks *q)
{
	bool yes;

	down_read(&quirks_lock);
	yes = q->epoch != epoch;
	up_read(&quirks_lock);
	return yes;
}

void pbng_quirk_refresh(struct pbng_dev *dev)
{
	if (changed(dev->quirk) && plan_again(dev))
		pci_warn(dev->pdev, "no memory for new reset quirks, the old ones hold\n");
}

void pbng_quirk_prepare(struct pbng_dev *dev)
{
	struct pbng_quirks *q = dev->quirk;

	pbng_quirk_refresh(dev);
	q->waited = false;
	note_all(dev, "the last reset did not end well");
}

int pbng_quirk_reset(struct pbng_dev *dev)
{
	struct pci_dev *pdev = dev->pdev;
	u16 af = dev->quirk->af;
	u8 id, cap, status;
	int tries;

	if (!af)
		return -ENOTTY;
	/* The same ids may mean hardware that has it no more. */
	pci_read_config_byte(pdev, af + PCI_CAP_LIST_ID, &id);
	pci_read_config_byte(pdev, af + PCI_AF_CAP, &cap);
	if (id != PCI_CAP_ID_AF || cap == U8_MAX || !(cap & PCI_AF_CAP_FLR))
		return -ENOTTY;
	for (tries = 0; tries < AF_PENDING; tries++) {
		pci_read_config_byte(pdev, af + PCI_AF_STATUS, &status);
		if (!(status & PCI_AF_STATUS_TP))
			break;
		msleep(AF_MS);
	}
	pci_write_config_byte(pdev, af + PCI_AF_CTRL, PCI_AF_CTRL_FLR);
	msleep(AF_MS);
	return 0;
}

/*
 * By the clock and not by ticks: where those are late, msleep() is short by as much,
 * and a device needs the time that its quirk says.
 */
static void settle(unsigned int ms)
{
	usleep_range(ms * USEC_PER_MSEC, (ms + 1) * USEC_PER_MSEC);
}

bool pbng_quirk_waives(const struct pbng_dev *dev)
{
	return dev->quirk && READ_ONCE(dev->quirk->waived);
}

void pbng_quirk_wait(struct pbng_dev *dev)
{
	struct pbng_quirks *q = dev->quirk;

	if (q->delay && !q->waited)
		settle(q->delay);
	q->waited = true;
}

static void restore(struct pbng_dev *dev, struct pbng_quirk_reg *reg)
{
	u32 want = pbng_quirk_want(reg);
	char space[PBNG_QUIRK_SPACE];
	const char *why;

	why = reg->never ?: pbng_quirk_reg_write(dev->pdev, &reg->quirk, want);
	if (why) {
		note(dev, reg, PBNG_QUIRK_SKIPPED, 0, why);
		return;
	}
	pbng_quirk_space(reg->quirk.space, space);
	trace_pbng_quirk(dev, space, reg->quirk.offset, want);
	note(dev, reg, PBNG_QUIRK_OK, 0, NULL);
	if (reg->quirk.delay)
		settle(reg->quirk.delay);
}

static void verify(struct pbng_dev *dev, struct pbng_quirk_reg *reg)
{
	const char *why;
	u32 seen;

	if (reg->result != PBNG_QUIRK_OK || reg->quirk.noverify)
		return;
	why = pbng_quirk_reg_read(dev->pdev, &reg->quirk, &seen);
	if (why)
		note(dev, reg, PBNG_QUIRK_SKIPPED, 0, why);
	else if ((seen & reg->quirk.mask) != pbng_quirk_want(reg))
		note(dev, reg, PBNG_QUIRK_WRONG, seen, NULL);
}

/* A guest can have as many resets as it likes. Return: 1 when it holds something else. */
static int report(struct pbng_dev *dev, const struct pbng_quirk_reg *reg)
{
	char space[PBNG_QUIRK_SPACE];

	if (reg->result == PBNG_QUIRK_OK)
		return 0;
	pbng_quirk_space(reg->quirk.space, space);
	if (reg->result == PBNG_QUIRK_WRONG)
		dev_warn_ratelimited(&dev->pdev->dev,
				     "register %s %x: wrote %x after the reset, read %x\n",
				     space, reg->quirk.offset, pbng_quirk_want(reg), reg->seen);
	else if (!reg->never)
		complain(dev, reg, reg->why);
	return 1;
}

int pbng_quirk_finish(struct pbng_dev *dev)
{
	struct pbng_quirks *q = dev->quirk;
	struct pbng_quirk_reg *reg, *end = q->reg + q->count;
	int failed = 0;
	u16 command;

	if (!q->count)
		return 0;
	if (!pci_device_is_present(dev->pdev)) {
		note_all(dev, "the device does not answer");
		return -ENODEV;
	}
	command = pbng_quirk_reg_open(dev->pdev);
	for (reg = q->reg; reg < end; reg++)
		restore(dev, reg);
	for (reg = q->reg; reg < end; reg++)
		verify(dev, reg);
	pbng_quirk_reg_close(dev->pdev, command);
	for (reg = q->reg; reg < end; reg++)
		failed += report(dev, reg);
	return failed;
}

void pbng_quirk_release(struct pbng_dev *dev)
{
	struct pbng_quirks *q = dev->quirk;

	dev->pdev->dev_flags &= ~q->methods;
	dev->quirk = NULL;
	kvfree(q->reg);
	kfree(q);
}

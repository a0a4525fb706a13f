// SPDX-License-Identifier: GPL-2.0
/* Rules compared with the devices that are there, see rule_check.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "device.h"
#include "rule_check.h"
#include "rules.h"

/* Not pci_get_domain_bus_and_slot(): that looks at every device of the machine. */
struct pci_dev *pbng_find_device(const struct pbng_selector *s)
{
	struct pci_dev *pdev = NULL;
	struct pci_bus *bus;

	pci_lock_rescan_remove();	/* a bus can only go under it */
	bus = pci_find_bus(s->domain, s->bus);
	if (bus)
		pdev = pci_get_slot(bus, s->devfn);
	pci_unlock_rescan_remove();
	return pdev;
}

int pbng_rule_check(const char *name, const struct pbng_rule *rule)
{
	struct pci_dev *pf;
	int err = 0;

	if (rule->selector.kind != PBNG_RULE_VFS_OF)
		return 0;
	pf = pbng_find_device(&rule->selector);
	if (pf && !pci_find_ext_capability(pf, PCI_EXT_CAP_ID_SRIOV)) {
		pr_err("%s: vfs-of=%s: this device has no SR-IOV, so no virtual functions; expected a physical function, see lspci -v\n",
		       name, pci_name(pf));
		err = -EINVAL;
	}
	pci_dev_put(pf);
	return err;
}

static int is_there(const struct pbng_selector *selector, void *data)
{
	struct pci_dev *pdev = pbng_find_device(selector);

	pci_dev_put(pdev);
	return !!pdev;
}

static int is_named(const struct pbng_selector *selector, void *pdev)
{
	return pbng_rules_names(selector, pdev);
}

static bool has_device(const struct pbng_rule *rule)
{
	struct pci_dev *pdev = NULL;

	if (rule->selector.kind == PBNG_RULE_ADDRESS)
		return pbng_rule_for_each(rule, is_there, NULL);
	for_each_pci_dev(pdev) {
		if (pbng_rule_for_each(rule, is_named, pdev)) {
			pci_dev_put(pdev);
			return true;
		}
	}
	return false;
}

static int take_first(const struct pbng_selector *selector, void *first)
{
	*(struct pbng_selector *)first = *selector;
	return 1;
}

void pbng_rule_say_waiting(const char *name, const struct pbng_rule *rule)
{
	struct pbng_selector first;
	char text[PBNG_RULE_TEXT];

	if (has_device(rule))
		return;
	pbng_rule_for_each(rule, take_first, &first);
	pbng_rule_format(&first, &rule->options, text);
	pr_info("%s: %s: no such device yet: the rule waits for it\n", name, text);
}

bool pbng_rule_say_wider(const char *name, const struct pbng_rule *rule)
{
	struct pbng_rule_match match = {};
	struct pbng_selector first;
	char text[PBNG_RULE_TEXT];
	struct pci_dev *pdev;

	if (rule->selector.kind != PBNG_RULE_ADDRESS || rule->options.exclude)
		return false;
	pbng_rule_for_each(rule, take_first, &first);
	pdev = pbng_find_device(&first);
	if (!pdev)
		return false;

	if (pbng_rules_match(pdev, &match)) {
		pbng_rule_format(&match.selector, &match.options, text);
		pr_err("%s: %s has no rule of its own, rule %s covers it; to leave it out: echo '!%s' >"
		       PBNG_HIDE_FILE "\n",
		       name, pci_name(pdev), text, pci_name(pdev));
	}
	pci_dev_put(pdev);
	return match.found;
}

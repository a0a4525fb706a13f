// SPDX-License-Identifier: GPL-2.0
/* Nodes in /dev/vmbox, see node.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/idr.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "chan.h"
#include "node.h"
#include "pf.h"

static dev_t first;
static DEFINE_IDA(minors);

static struct class node_class = {
	.name = "vmbox",
};

static void node_release(struct device *dev)
{
	struct vmbox_node *node = container_of(dev, struct vmbox_node, dev);

	ida_free(&minors, MINOR(dev->devt));
	if (node->chan)
		vmbox_chan_put(node->chan);
	vmbox_pf_put(node->pf);
	kfree(node);
}

static int node_add(struct vmbox_node *node, struct pci_dev *pdev)
{
	int err;

	/* The '!' becomes the '/' of /dev/vmbox/. */
	err = dev_set_name(&node->dev, "vmbox!%s-%s", node->chan ? "vf" : "pf", pci_name(pdev));
	return err ?: cdev_device_add(&node->cdev, &node->dev);
}

struct vmbox_node *vmbox_node_create(struct vmbox_pf *pf, struct vmbox_chan *chan)
{
	struct pci_dev *pdev = chan ? chan->vf : pf->pdev;
	struct vmbox_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	int minor, err = -ENOMEM;

	minor = node ? ida_alloc_max(&minors, MINORMASK, GFP_KERNEL) : -ENOMEM;
	if (minor < 0) {
		kfree(node);
		goto failed;
	}
	device_initialize(&node->dev);
	node->dev.class = &node_class;
	node->dev.parent = &pdev->dev;
	node->dev.devt = first + minor;
	node->dev.release = node_release;
	cdev_init(&node->cdev, chan ? &vmbox_vf_fops : &vmbox_agent_fops);
	node->cdev.owner = THIS_MODULE;
	vmbox_pf_get(pf);
	node->pf = pf;
	if (chan)
		vmbox_chan_get(chan);
	node->chan = chan;
	err = node_add(node, pdev);
	if (!err)
		return node;
	put_device(&node->dev);
failed:
	pci_err(pdev, "%s: no node in /dev/vmbox: error %d\n", KBUILD_MODNAME, err);
	return NULL;
}

void vmbox_node_remove(struct vmbox_node *node)
{
	if (!node)
		return;
	cdev_device_del(&node->cdev, &node->dev);
	put_device(&node->dev);
}

struct vmbox_node *vmbox_node_of(const struct inode *inode)
{
	return container_of(inode->i_cdev, struct vmbox_node, cdev);
}

int vmbox_nodes_init(void)
{
	int err;

	err = alloc_chrdev_region(&first, 0, MINORMASK + 1, "vmbox");
	if (err)
		return err;
	err = class_register(&node_class);
	if (err)
		unregister_chrdev_region(first, MINORMASK + 1);
	return err;
}

void vmbox_nodes_exit(void)
{
	class_unregister(&node_class);
	unregister_chrdev_region(first, MINORMASK + 1);
	ida_destroy(&minors);
}

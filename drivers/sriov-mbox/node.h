/* SPDX-License-Identifier: GPL-2.0 */
/* The nodes in /dev/vmbox: one for each PF and one for each VF. */
#ifndef VMBOX_NODE_H
#define VMBOX_NODE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>

struct vmbox_chan;
struct vmbox_pf;

/**
 * struct vmbox_node - a node
 * @dev: its device; who holds it holds the node
 * @cdev: its file operations
 * @pf: the PF; holds a reference
 * @chan: the channel of a VF, with a reference, or NULL for a PF's node
 */
struct vmbox_node {
	struct device dev;
	struct cdev cdev;
	struct vmbox_pf *pf;
	struct vmbox_chan *chan;
};

/* What can be done with a VF's node (chardev.c), and with a PF's (agent.c). */
extern const struct file_operations vmbox_vf_fops;
extern const struct file_operations vmbox_agent_fops;

/**
 * vmbox_node_create() - make a node
 * @pf: the PF
 * @chan: the channel of the VF, or NULL for the PF's own node
 *
 * Return: the node, or NULL, and it was said why.
 */
struct vmbox_node *vmbox_node_create(struct vmbox_pf *pf, struct vmbox_chan *chan);

/* It cannot be opened any more; who has it open keeps it. NULL is nothing to do. */
void vmbox_node_remove(struct vmbox_node *node);

/* Which node was opened. */
struct vmbox_node *vmbox_node_of(const struct inode *inode);

int vmbox_nodes_init(void);
void vmbox_nodes_exit(void);

#endif /* VMBOX_NODE_H */

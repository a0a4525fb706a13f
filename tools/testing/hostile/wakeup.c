// SPDX-License-Identifier: GPL-2.0
/*
 * Wake a sleeping task once, for no reason: "echo PID >.../parameters/pid".
 *
 * Every wait in the kernel has to bear that. Here it makes a task look at its
 * condition at a chosen moment, where a test would have to wait five minutes for
 * the time-out.
 */
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

static int wake_set(const char *text, const struct kernel_param *kp)
{
	struct task_struct *task;
	struct pid *pid;
	int nr, err;

	err = kstrtoint(text, 10, &nr);
	if (err)
		return err;
	pid = find_get_pid(nr);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task)
		return -ESRCH;
	wake_up_process(task);
	put_task_struct(task);
	return 0;
}

static const struct kernel_param_ops wake_ops = { .set = wake_set };
module_param_cb(pid, &wake_ops, NULL, 0200);
MODULE_PARM_DESC(pid, "task to wake");

MODULE_DESCRIPTION("Wakes a task once");
MODULE_LICENSE("GPL");

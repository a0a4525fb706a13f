// SPDX-License-Identifier: GPL-2.0
/* Sleep of devices and of the host, see power.h. */
#include "method.h"
#include "param.h"
#include "power.h"

static void fall_asleep(struct work_struct *work)
{
	struct pbng_dev *dev = container_of(to_delayed_work(work),
					    struct pbng_dev, idle);

	pbng_dev_lock(dev);
	if (dev->own.state == PBNG_CLAIMED && !dev->asleep &&
	    !pci_set_power_state(dev->pdev, PCI_D3hot))
		dev->asleep = true;
	pbng_dev_unlock(dev);
}

void pbng_power_init(struct pbng_dev *dev)
{
	INIT_DELAYED_WORK(&dev->idle, fall_asleep);
}

void pbng_power_idle(struct pbng_dev *dev)
{
	unsigned int seconds = READ_ONCE(pbng_param_idle_d3);

	lockdep_assert_held(&dev->lock);
	/* A bridge has others behind it. */
	if (seconds && dev->pdev->hdr_type == PCI_HEADER_TYPE_NORMAL)
		mod_delayed_work(system_dfl_wq, &dev->idle, seconds * HZ);
}

void pbng_power_wake(struct pbng_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (!dev->asleep)
		return;
	dev->asleep = false;
	pci_set_power_state(dev->pdev, PCI_D0);
	pbng_restore(dev);
}

void pbng_power_stop(struct pbng_dev *dev)
{
	cancel_delayed_work_sync(&dev->idle);
}

/*
 * The PCI core does the rest: it saves what it finds, D3hot ends DMA, and resume
 * puts everything back, MSI included. The owner of a device cannot be asked: the
 * protocol has no word for it. Toolstacks pause or suspend guests before the host.
 */
static int host_suspends(struct device *device)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	pbng_power_stop(dev);
	/*
	 * The queue of resets is frozen, so none works on the device. A wait here, where the
	 * PM core holds device_lock, would be for a reset that needs that lock.
	 */
	pbng_dev_lock(dev);
	pbng_power_wake(dev);
	pbng_dev_unlock(dev);
	return 0;
}

static int host_resumes(struct device *device)
{
	struct pbng_dev *dev = dev_get_drvdata(device);

	pbng_dev_lock(dev);
	if (!dev->own.owned)
		pbng_power_idle(dev);
	pbng_dev_unlock(dev);
	return 0;
}

const struct dev_pm_ops pbng_power_ops = {
	SYSTEM_SLEEP_PM_OPS(host_suspends, host_resumes)
};

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/pci.h> of Linux 6.12 for older kernels, and one answer to the question
 * where a device's driver_override lives: in struct pci_dev up to early 6.12, in
 * struct device with a lock of its own since.
 */
#ifndef COMPAT_LINUX_PCI_H
#define COMPAT_LINUX_PCI_H

#include_next <linux/pci.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#if !defined(HAVE_DEVICE_DRIVER_OVERRIDE) && !defined(HAVE_PCI_DEV_DRIVER_OVERRIDE)
#error "compat: this kernel has no driver_override that we know; see compat/probe.sh"
#endif

#ifdef HAVE_DEVICE_DRIVER_OVERRIDE

/**
 * compat_pci_set_driver_override() - say which driver alone may have a device
 * @pdev: the device; on kernels up to 6.11 its device lock is taken, so the
 *	  caller must not hold it
 * @name: name of the driver, or NULL for any driver
 *
 * May sleep.
 *
 * Return: 0, or a negative error number with nothing changed.
 */
static inline int compat_pci_set_driver_override(struct pci_dev *pdev, const char *name)
{
	return device_set_driver_override(&pdev->dev, name ?: "");
}

/**
 * compat_pci_driver_override() - which driver alone may have a device
 * @pdev: the device; on kernels up to 6.11 its device lock is taken, so the
 *	  caller must not hold it
 * @name: a copy for the caller to kfree(), or NULL where there is no override
 *
 * Return: 0 or -ENOMEM.
 */
static inline int compat_pci_driver_override(struct pci_dev *pdev, char **name)
{
	const char *now;

	spin_lock(&pdev->dev.driver_override.lock);
	now = pdev->dev.driver_override.name;
	*name = kstrdup(now, GFP_ATOMIC);
	spin_unlock(&pdev->dev.driver_override.lock);
	return now && !*name ? -ENOMEM : 0;
}

/**
 * compat_pci_set_driver_override_locked() - the same under the device's lock
 * @pdev: the device; its device lock is held
 * @name: name of the driver, or NULL for any driver
 *
 * Return: 0, or a negative error number with nothing changed.
 */
static inline int compat_pci_set_driver_override_locked(struct pci_dev *pdev, const char *name)
{
	return compat_pci_set_driver_override(pdev, name);
}

/**
 * compat_pci_driver_override_locked() - the same under the device's lock
 * @pdev: the device; its device lock is held
 * @name: a copy for the caller to kfree(), or NULL where there is no override
 *
 * Return: 0 or -ENOMEM.
 */
static inline int compat_pci_driver_override_locked(struct pci_dev *pdev, char **name)
{
	return compat_pci_driver_override(pdev, name);
}

/**
 * compat_pci_has_driver_override() - is this driver alone asked for?
 * @pdev: the device; its device lock is held, as in a probe function
 * @name: name of the driver
 *
 * Return: whether @name has the device to itself.
 */
static inline bool compat_pci_has_driver_override(struct pci_dev *pdev, const char *name)
{
	bool has;

	/* No guard(): sparse does not see that it unlocks. */
	spin_lock(&pdev->dev.driver_override.lock);
	has = pdev->dev.driver_override.name &&
	      !strcmp(pdev->dev.driver_override.name, name);
	spin_unlock(&pdev->dev.driver_override.lock);
	return has;
}

#else

static inline bool compat_pci_has_driver_override(struct pci_dev *pdev, const char *name)
{
	device_lock_assert(&pdev->dev);
	return pdev->driver_override && !strcmp(pdev->driver_override, name);
}

static inline int compat_pci_set_driver_override(struct pci_dev *pdev, const char *name)
{
	return driver_set_override(&pdev->dev, &pdev->driver_override,
				   name ?: "", name ? strlen(name) : 0);
}

/* As driver_set_override(), which takes the lock itself. */
static inline int compat_pci_set_driver_override_locked(struct pci_dev *pdev, const char *name)
{
	const char *old = pdev->driver_override;
	char *new = NULL;

	device_lock_assert(&pdev->dev);
	if (name) {
		new = kstrdup(name, GFP_KERNEL);
		if (!new)
			return -ENOMEM;
	}
	pdev->driver_override = new;
	kfree(old);
	return 0;
}

static inline int compat_pci_driver_override_locked(struct pci_dev *pdev, char **name)
{
	const char *now = pdev->driver_override;

	device_lock_assert(&pdev->dev);
	*name = kstrdup(now, GFP_KERNEL);
	return now && !*name ? -ENOMEM : 0;
}

static inline int compat_pci_driver_override(struct pci_dev *pdev, char **name)
{
	int err;

	device_lock(&pdev->dev);
	err = compat_pci_driver_override_locked(pdev, name);
	device_unlock(&pdev->dev);
	return err;
}

#endif

/*
 * In the initialiser of a struct pci_error_handlers:
 *	COMPAT_COR_ERROR_DETECTED(my_cor_error_detected)
 * Mark the function __maybe_unused: older kernels have no such callback.
 */
#ifdef HAVE_PCI_COR_ERROR_DETECTED
#define COMPAT_COR_ERROR_DETECTED(fn) .cor_error_detected = (fn),
#else
#define COMPAT_COR_ERROR_DETECTED(fn)
#endif

#endif /* COMPAT_LINUX_PCI_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The overlays that other modules have registered (include/linux/pciback_ng.h), for
 * whoever builds a virtual configuration space.
 */
#ifndef PBNG_OVERLAY_H
#define PBNG_OVERLAY_H

#include "config_core.h"
#include "device.h"

/**
 * pbng_overlay_fill() - say which overlays a device shall have
 * @dev: the device; dev->overlay_epoch becomes the current one
 * @cfg: gets them in @cfg->overlay
 * Context: dev->lock held, may sleep.
 */
void pbng_overlay_fill(struct pbng_dev *dev, struct pbng_cfg *cfg);

/* The device has an owner from now on, and all of them hear of it. dev->lock held. */
void pbng_overlay_given(struct pbng_dev *dev);

/* It has none any more; harmless when it had none. dev->lock held. */
void pbng_overlay_taken(struct pbng_dev *dev);

/* What the owner has set up is gone; harmless when there is none. dev->lock held. */
void pbng_overlay_reset(struct pbng_dev *dev);

/* Were overlays registered or taken out since? dev->lock held. */
bool pbng_overlay_outdated(const struct pbng_dev *dev);

#endif /* PBNG_OVERLAY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policy "map": a device's reserved memory is mapped 1:1 into the domain of whoever
 * gets its group, as long as he has it. It goes by iommu_attach_group() and
 * iommu_detach_group(), which VFIO calls, and so is the same for every IOMMU driver.
 */
#ifndef IOMMU_EXT_RDM_MAP_H
#define IOMMU_EXT_RDM_MAP_H

#include <linux/iommu.h>

#include "rdm_dev.h"

struct ie_map;

/* A map for a group, with room for so many regions; not in force yet. */
struct ie_map *ie_map_new(struct iommu_group *group, unsigned int room);

/* One region more; what does not fit into the room is left out. */
void ie_map_add(struct ie_map *map, const struct ie_memory *region);

/* Frees one that was not put into force; NULL is fine. */
void ie_map_free(struct ie_map *map);

/*
 * Puts @map (NULL: none) into force for @group, in the place of the one that was. The
 * group is not in use; its mutex is held.
 */
void ie_map_replace(struct iommu_group *group, struct ie_map *map);

unsigned long ie_map_nmissed(void);

int ie_map_init(void);
void ie_map_exit(void);

#endif /* IOMMU_EXT_RDM_MAP_H */

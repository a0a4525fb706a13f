/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vfio.c, the group and its container, and vfio_edu.c, the card's DMA, have of each
 * other. Functions that return int are steps or end one: 0, or 1 when it failed.
 */
#ifndef SELFTESTS_VFIO_H
#define SELFTESTS_VFIO_H

#include <stdbool.h>
#include <stdint.h>

extern int vfio_device;

int vfio_result(const char *step, bool good);
int vfio_result_at(const char *step, uint64_t at, bool good);
int vfio_value_at(const char *step, uint64_t at, uint32_t value);
uint64_t vfio_number(const char *text);
void *vfio_give(uint64_t at, uint64_t size, int byte);
int vfio_open_device(char **args);

int vfio_edu_write(char **args);
int vfio_edu_read(char **args);

#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * The engines, a second time: this module runs in a guest, where sriov-mbox.ko is not
 * and has nothing else to do. They are small, and one object cannot be part of two
 * modules.
 */
#include "../ring_core.c"
#include "../proto_core.c"
#include "../pending.c"

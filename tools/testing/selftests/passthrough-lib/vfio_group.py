#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# vfio_group.py BDF: may user space have the VFIO group of this device? That is so
# when no device of its IOMMU group has a driver that does DMA on the host's behalf.
import fcntl
import os
import struct
import sys

VFIO_GROUP_GET_STATUS = 0x3b67	# _IO(';', 100 + 3)
VFIO_GROUP_FLAGS_VIABLE = 1

group = os.path.basename(os.readlink(f'/sys/bus/pci/devices/{sys.argv[1]}/iommu_group'))
fd = os.open(f'/dev/vfio/{group}', os.O_RDWR)
status = fcntl.ioctl(fd, VFIO_GROUP_GET_STATUS, struct.pack('II', 8, 0))
viable = struct.unpack('II', status)[1] & VFIO_GROUP_FLAGS_VIABLE
print(f'group {group} is {"viable" if viable else "not viable"}')
sys.exit(not viable)

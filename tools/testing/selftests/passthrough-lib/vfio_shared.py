#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# vfio_shared.py A B AT: two groups in one container, and so in one domain. The memory
# reserved for device A is at AT (hex). While A's group is in, nobody may map memory
# there; when it has left, the address is free and the domain is B's alone.
import ctypes
import fcntl
import mmap
import os
import struct
import sys

SET_IOMMU, SET_CONTAINER, UNSET_CONTAINER = 0x3b66, 0x3b68, 0x3b69
MAP_DMA, UNMAP_DMA = 0x3b71, 0x3b72
TYPE1V2 = 3
PAGE = 4096


def group(bdf):
    name = os.path.basename(os.readlink(f'/sys/bus/pci/devices/{bdf}/iommu_group'))
    return os.open(f'/dev/vfio/{name}', os.O_RDWR)


def can_map(container, at):
    memory = mmap.mmap(-1, PAGE)
    where = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    try:
        fcntl.ioctl(container, MAP_DMA, struct.pack('IIQQQ', 32, 3, where, at, PAGE))
    except OSError as error:
        print(f'map {at:#x}: {error.strerror}')
        return False
    print(f'map {at:#x}: ok')
    fcntl.ioctl(container, UNMAP_DMA, bytearray(struct.pack('IIQQ', 24, 0, at, PAGE)))
    return True


def main(first, second, at):
    container = os.open('/dev/vfio/vfio', os.O_RDWR)
    groups = [group(first), group(second)]
    reference = struct.pack('i', container)
    fcntl.ioctl(groups[1], SET_CONTAINER, reference)
    fcntl.ioctl(container, SET_IOMMU, TYPE1V2)
    good = can_map(container, at)
    for _ in range(3):
        fcntl.ioctl(groups[0], SET_CONTAINER, reference)
        good &= not can_map(container, at)
        fcntl.ioctl(groups[0], UNSET_CONTAINER)
        good &= can_map(container, at)
    return not good


sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3], 16)))

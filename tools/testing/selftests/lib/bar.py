#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# bar.py BDF BAR OFFSET[=VALUE]...: read or write registers of a BAR, 4 bytes each, all
# hexadecimal, through the device's file resourceN. Nobody may have the memory claimed.
# Memory decode is switched on, and left on.
import mmap
import os
import sys

device = f'/sys/bus/pci/devices/{sys.argv[1]}'
fd = os.open(f'{device}/config', os.O_RDWR)
command = int.from_bytes(os.pread(fd, 2, 4), 'little')
os.pwrite(fd, (command | 2).to_bytes(2, 'little'), 4)

path = f'{device}/resource{sys.argv[2]}'
fd = os.open(path, os.O_RDWR)
words = memoryview(mmap.mmap(fd, os.stat(path).st_size)).cast('I')
for what in sys.argv[3:]:
    offset, _, value = what.partition('=')
    at = int(offset, 16) // 4
    if value:
        words[at] = int(value, 16)
    else:
        print(f'{words[at]:08x}')

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# nvme_vf.py /dev/nvmeN VF: give a VF of an NVMe controller (counted from 1) two queues and
# an interrupt, and let it work.  Linux has no other way to say so than the controller's own
# commands (NVM Express 2.0, section 8.26: Virtualization Enhancements).
import ctypes
import fcntl
import struct
import sys

NVME_IOCTL_ADMIN_CMD = 0xc0484e41	# _IOWR('N', 0x41, struct nvme_admin_cmd)
IDENTIFY, VIRT_MANAGEMENT = 0x06, 0x1c
SECONDARY_LIST = 0x15
OFFLINE, ASSIGN, ONLINE = 7, 8, 9
QUEUES, INTERRUPTS = 0, 1


def admin(fd, opcode, cdw10, cdw11=0, data=None):
    """One admin command; an OSError or a status of the controller ends the program."""
    address, size = (ctypes.addressof(data), len(data)) if data else (0, 0)
    command = struct.pack('=BBHIIIQQII6III', opcode, 0, 0, 0, 0, 0, 0, address, 0, size,
                          cdw10, cdw11, 0, 0, 0, 0, 0, 0)
    status = fcntl.ioctl(fd, NVME_IOCTL_ADMIN_CMD, bytearray(command))
    if status:
        sys.exit(f'nvme_vf: command {opcode:#x} {cdw10:#x}: status {status:#x}')


def controller_of(fd, vf):
    """The id of the secondary controller that is this VF."""
    data = ctypes.create_string_buffer(4096)
    admin(fd, IDENTIFY, SECONDARY_LIST, 0, data)
    for i in range(data.raw[0]):
        scid, _, _, vfn = struct.unpack_from('=HHB3xH', data.raw, 32 * (i + 1))
        if vfn == vf:
            return scid
    sys.exit(f'nvme_vf: no VF {vf}')


def manage(fd, controller, action, resource=0, number=0):
    admin(fd, VIRT_MANAGEMENT, controller << 16 | resource << 8 | action, number)


with open(sys.argv[1], 'rb') as device:
    which = controller_of(device, int(sys.argv[2]))
    manage(device, which, OFFLINE)
    manage(device, which, ASSIGN, QUEUES, 2)
    manage(device, which, ASSIGN, INTERRUPTS, 1)
    manage(device, which, ONLINE)
    print(f'VF {sys.argv[2]} is controller {which}, online')

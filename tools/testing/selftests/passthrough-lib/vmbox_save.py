#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Save and restore channels of the mailbox, as the agent of a PF.

  vmbox_save.py PF save VF FILE
  vmbox_save.py PF restore VF FILE ERROR     ERROR: what is expected, 0 for none
  vmbox_save.py PF no-room VF                ENOSPC, and how much it takes
  vmbox_save.py PF tell VF EVENTS BLOCKS     hex
"""

import ctypes
import errno
import fcntl
import os
import struct
import sys

TELL = ord("V") << 8 | 0x72
SAVE = ord("V") << 8 | 0x73
RESTORE = ord("V") << 8 | 0x74


def blob(fd, request, vf, data):
    """The ioctl with @data as its memory. Return: the length that it says, and the error."""
    arg = bytearray(struct.pack("=IIIIQ", 24, 0, vf, len(data), ctypes.addressof(data)))
    try:
        fcntl.ioctl(fd, request, arg, True)
        error = 0
    except OSError as err:
        error = err.errno
    return struct.unpack_from("=I", arg, 12)[0], error


def expect(error, name):
    found = errno.errorcode.get(error, str(error))
    if found != name:
        sys.exit(f"the error is {found}, not {name}")


def main(pf, order, vf, *rest):
    fd = os.open(f"/dev/vmbox/pf-{pf}", os.O_RDWR)
    vf = int(vf)
    if order == "save":
        data = ctypes.create_string_buffer(4096)
        length, error = blob(fd, SAVE, vf, data)
        expect(error, "0")
        with open(rest[0], "wb") as out:
            out.write(data.raw[:length])
    elif order == "restore":
        with open(rest[0], "rb") as source:
            content = source.read()
        data = ctypes.create_string_buffer(content, len(content))
        expect(blob(fd, RESTORE, vf, data)[1], rest[1])
    elif order == "no-room":
        length, error = blob(fd, SAVE, vf, ctypes.create_string_buffer(8))
        expect(error, "ENOSPC")
        if length != 184:
            sys.exit(f"it takes {length} bytes, not 184")
    else:
        fcntl.ioctl(fd, TELL, struct.pack("=IIIIQQ", 32, 0, vf, 0, *(int(n, 16) for n in rest)))


main(*sys.argv[1:])

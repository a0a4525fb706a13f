#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# The IOMMU tables of a test machine whose firmware reserves memory for devices, which
# QEMU's own firmware never does. Linux takes a table from the initramfs instead of the
# firmware's when it has the same names and a higher revision.
#
#   acpi_tables.py dmar RESERVED...     Intel: a DMAR with an RMRR for each RESERVED
#
# RESERVED is START-END=SCOPE[,SCOPE...], addresses in hex, END inclusive. A SCOPE is
# "endpoint:" or "bridge:" and a path from the root bus, 10.0/00.0. The table goes to
# standard output.
import struct
import sys

# The names that QEMU gives to all of its tables, with revision 1.
OEM = b'BOCHS ' + b'BXPC    '
REVISION = 2


def table(signature, revision, body):
    """Header in front; the bytes of a table add up to 0."""
    head = struct.pack('<4sIBB14sI4sI', signature, 36 + len(body), revision, 0, OEM,
                       REVISION, b'PTST', 1)
    whole = bytearray(head + body)
    whole[9] = -sum(whole) & 0xff
    return bytes(whole)


def reserved(text):
    """(start, end, [(kind, [(device, function)...])...])"""
    span, scopes = text.split('=')
    start, end = (int(x, 16) for x in span.split('-'))
    found = []
    for scope in scopes.split(','):
        kind, path = scope.split(':')
        steps = [tuple(int(x, 16) for x in step.split('.')) for step in path.split('/')]
        found.append((kind, steps))
    return start, end, found


SCOPES = {'endpoint': 1, 'bridge': 2, 'ioapic': 3}


def dmar_scope(kind, steps, number=0, bus=0):
    path = b''.join(bytes(step) for step in steps)
    return struct.pack('<BBHBB', SCOPES[kind], 6 + len(path), 0, number, bus) + path


def dmar(regions):
    """One unit for all devices, its registers and its IOAPIC where q35 has them."""
    interrupt_remapping = 1
    include_all = 1
    ioapic = dmar_scope('ioapic', [(0, 0)], bus=0xff)
    body = struct.pack('<BB10x', 47, interrupt_remapping)
    body += struct.pack('<HHBBHQ', 0, 16 + len(ioapic), include_all, 0, 0, 0xfed90000) + ioapic
    for start, end, scopes in regions:
        scope = b''.join(dmar_scope(*s) for s in scopes)
        body += struct.pack('<HHHHQQ', 1, 24 + len(scope), 0, 0, start, end) + scope
    return table(b'DMAR', 1, body)


KINDS = {'dmar': dmar}

if __name__ == '__main__':
    if len(sys.argv) < 3 or sys.argv[1] not in KINDS:
        sys.exit('usage: acpi_tables.py dmar START-END=SCOPE[,SCOPE...]...')
    sys.stdout.buffer.write(KINDS[sys.argv[1]]([reserved(text) for text in sys.argv[2:]]))

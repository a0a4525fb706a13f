#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# The IOMMU tables of a test machine whose firmware reserves memory for devices, which
# QEMU's own firmware never does. Linux takes a table from the initramfs instead of the
# firmware's when it has the same names and a higher revision.
#
#   acpi_tables.py dmar RESERVED...          Intel: a DMAR with an RMRR for each RESERVED
#   acpi_tables.py ivrs IOMMU RESERVED...    AMD: an IVRS with an IVMD for each; IOMMU is
#                                            where on the root bus QEMU has put it, 07.0
#
# RESERVED is START-END=SCOPE[,SCOPE...], addresses in hex, END inclusive. A SCOPE is
# "endpoint:" or "bridge:" and a path from the root bus, 10.0/00.0. An IVMD has one
# endpoint on the root bus, or the first and the last of a range of them. The table goes
# to standard output.
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


def device_id(steps):
    """That of a device on the root bus."""
    (device, function), = steps
    return device << 3 | function


def ivhd(kind, flags, iommu, features, extended):
    """One unit for all devices, its registers where QEMU has them."""
    every_device = struct.pack('<BHB', 1, 0, 0)
    body = struct.pack('<HHQHHI', iommu, 0x40, 0xfed80000, 0, 0, features) + extended + every_device
    return struct.pack('<BBH', kind, flags, 4 + len(body)) + body


def ivmd(start, end, scopes):
    """Mapped 1:1, to read and to write; for one device, or all from one to another."""
    one, several, flags = 0x21, 0x22, 0x07
    first, last = device_id(scopes[0][1]), device_id(scopes[-1][1])
    return struct.pack('<BBHHH8xQQ', one if len(scopes) == 1 else several, flags, 32, first,
                       0 if len(scopes) == 1 else last, start, end + 1 - start)


def ivrs(iommu, regions):
    """The same unit twice, as kernels of any age read it; flags and features are QEMU's."""
    unit = device_id(reserved('0-0=iommu:' + iommu)[2][0][1])
    address_bits, features_are_here = 40, 1
    body = struct.pack('<I8x', address_bits << 8 | features_are_here)
    body += ivhd(0x10, 0xd1, unit, 0x44, b'')
    body += ivhd(0x11, 0x11, unit, 0, struct.pack('<QQ', 0x29d3, 0))
    body += b''.join(ivmd(*region) for region in regions)
    return table(b'IVRS', 1, body)


def main():
    if len(sys.argv) > 2 and sys.argv[1] == 'dmar':
        made = dmar([reserved(text) for text in sys.argv[2:]])
    elif len(sys.argv) > 3 and sys.argv[1] == 'ivrs':
        made = ivrs(sys.argv[2], [reserved(text) for text in sys.argv[3:]])
    else:
        sys.exit('usage: acpi_tables.py {dmar | ivrs IOMMU} START-END=SCOPE[,SCOPE...]...')
    sys.stdout.buffer.write(made)


if __name__ == '__main__':
    main()

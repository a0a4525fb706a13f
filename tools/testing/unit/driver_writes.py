#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which registers of configuration space the modules of a kernel write.

    driver_writes.py MODULES >writes      MODULES: .../lib/modules/VERSION

A line for each call with a constant register:

    MODULE FUNCTION SPACE OFFSET WIDTH CLEAR SET

SPACE is "config", or "exp" for an offset in the PCI Express capability. The value that
is written is (what the register holds & ~CLEAR) | SET, or "any" where it is not known.
The code is read backwards from the call up to where its arguments are set; a branch
into that stretch is not followed, so a register can have several lines.
"""

import bisect
import glob
import multiprocessing
import os
import re
import struct
import subprocess
import sys

WIDTH = {"byte": 1, "word": 2, "dword": 4}
TARGET = re.compile(r"(pci_(?:user_)?write_config|pcie_capability_write|pcie_capability_clear_and_set)"
                    r"_(byte|word|dword)(?:_unlocked|_locked)?$")
CALL = re.compile(r"^\s*[0-9a-f]+:\s+(?:call|jmp)\s")
RELOCATION = re.compile(r"^\s+[0-9a-f]+: R_X86_64_(?:PLT32|PC32)\s+(\S+?)-0x4$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(?:cs |data16 )*(\S+)\s*(.*)$")
# By each name of a register, how its 32 bits are called.
NAMES = {name: f"e{x}" for x in ("ax", "bx", "cx", "dx", "si", "di", "bp")
         for name in (f"r{x}", f"e{x}", x, x[0] + "l" if x[1] == "x" else x + "l")}
NAMES |= {f"r{i}{suffix}": f"r{i}d" for i in range(8, 16) for suffix in ("", "d", "w", "b")}
# Control does not come out of these, or the arguments of the call do not survive them.
BARRIER = re.compile(r"call|ret|int3|ud2|jmp$")
READS_ONLY = re.compile(r"cmp|test|push|bt[lwq]?$|nop")
LOOK_BACK = 40


class Elf:
    """As much of an object file as it takes to find the callers of a function."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        at, = struct.unpack_from("<Q", self.data, 0x28)
        size, count, names = struct.unpack_from("<HHH", self.data, 0x3a)
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, at + i * size)
                         for i in range(count)]
        self.names = [self.string(names, s[0]) for s in self.sections]
        self.symbols = self.read_symbols()

    def string(self, section, at):
        start = self.sections[section][4] + at
        return self.data[start:self.data.index(b"\0", start)].decode()

    def read_symbols(self):
        found = []
        for section in self.sections:
            if section[1] != 2:
                continue
            raw = self.data[section[4]:section[4] + section[5]]
            for name, info, _, index, value, size in struct.iter_unpack("<IBBHQQ", raw):
                found.append((section[6], name, info & 15, index, value, size))
        return found

    def callers(self):
        """(section name, start, end, function) of the functions that write."""
        wanted = {}
        for i, (strings, name, _, index, _, _) in enumerate(self.symbols):
            if not index and TARGET.match(self.string(strings, name)):
                wanted[i] = True
        found = set()
        for section in self.sections:
            if section[1] != 4 or not self.names[section[7]].startswith((".text", ".init.text")):
                continue
            raw = self.data[section[4]:section[4] + section[5]]
            sites = [at for at, info, _ in struct.iter_unpack("<QQq", raw) if info >> 32 in wanted]
            found |= self.functions(section[7], sites)
        return sorted(found)

    def functions(self, index, sites):
        functions = sorted((value, size, self.string(strings, name))
                           for strings, name, kind, section, value, size in self.symbols
                           if section == index and kind == 2 and size) if sites else []
        starts = [f[0] for f in functions]
        found = set()
        for site in sites:
            i = bisect.bisect_right(starts, site) - 1
            if i >= 0:
                start, size, name = functions[i]
                found.add((self.names[index], start, start + size, name))
        return found


def disassemble(path, section, start, end):
    run = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", "-j", section,
                          f"--start-address={start}", f"--stop-address={end}", path],
                         capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def destination(operands):
    """The register that an instruction with these operands changes."""
    return operands.split(",")[-1].strip().lstrip("%").split(" ")[0]


def immediate(operands):
    match = re.match(r"\$(0x[0-9a-f]+)", operands)
    return int(match.group(1), 16) if match else None


def source(operands):
    """The register that a move with these operands reads, or None."""
    first = operands.split(",")[0].strip()
    return NAMES.get(first[1:]) if first.startswith("%") else None


def value_of(lines, last, register):
    """(clear, set) of what @register holds at the call, or None when it is not known."""
    clear = 0
    held = 0
    for line in reversed(lines[max(0, last - LOOK_BACK):last]):
        match = INSTRUCTION.match(line)
        if not match:
            continue
        name, operands = match.group(2), match.group(3)
        if BARRIER.match(name):
            return None
        if READS_ONLY.match(name) or NAMES.get(destination(operands)) != register:
            continue
        constant = immediate(operands)
        if name.startswith("xor") and len(set(operands.split(","))) == 1:
            return 0xffffffff, held & ~clear
        if name.startswith("mov") and constant is not None:
            return 0xffffffff, held | (constant & ~clear)
        if name.startswith("or") and constant is not None:
            held |= constant & ~clear
        elif name.startswith("and") and constant is not None:
            clear |= ~constant & 0xffffffff & ~held
        elif name.startswith("mov") and source(operands):
            register = source(operands)
        elif (clear or held) and name.startswith("mov"):
            # Read, changed, written back.
            return clear, held
        else:
            return None
    return None


def constant_of(lines, last, register):
    value = value_of(lines, last, register)
    return value[1] if value and value[0] == 0xffffffff else None


def describe(value):
    return f"{value[0]:x} {value[1]:x}" if value else "any any"


def write_of(lines, at, match):
    """SPACE OFFSET WIDTH CLEAR SET of the call on the line before @at."""
    call = at - 1
    if not CALL.match(lines[call]):
        return None
    offset = constant_of(lines, call, "esi")
    if offset is None or offset > 0xfff:
        return None
    width = WIDTH[match.group(2)]
    space = "exp" if match.group(1).startswith("pcie") else "config"
    value = value_of(lines, call, "edx")
    if match.group(1).endswith("clear_and_set"):
        clear, held = constant_of(lines, call, "edx"), constant_of(lines, call, "ecx")
        value = None if clear is None or held is None else (clear, held)
    if value:
        bits = (1 << 8 * width) - 1
        value = ((value[0] | value[1]) & bits, value[1] & bits)
    return f"{space} {offset:x} {width} {describe(value)}"


def writes_of(path):
    module = os.path.basename(path).split(".")[0].replace("-", "_")
    found = set()
    for section, start, end, function in Elf(path).callers():
        lines = disassemble(path, section, start, end)
        for at, line in enumerate(lines):
            symbol = RELOCATION.match(line)
            match = symbol and TARGET.match(symbol.group(1))
            write = write_of(lines, at, match) if match else None
            if write:
                found.add(f"{module} {function.split('.')[0]} {write}")
    return sorted(found)


def main():
    root = sys.argv[1]
    paths = sorted(glob.glob(f"{root}/kernel/**/*.ko", recursive=True))
    with multiprocessing.Pool() as pool:
        for lines in pool.imap(writes_of, paths, chunksize=16):
            for line in lines:
                print(line)


if __name__ == "__main__":
    main()

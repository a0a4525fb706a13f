#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What becomes of the writes of a kernel's drivers to configuration space, under strict.

    dumps.py [--update] [--few] PROGRAM WRITES MODULES TABLE RST DUMP...

PROGRAM is card_writes; WRITES what driver_writes.py said of the kernel whose modules are
in MODULES. The cards are those of the DUMPs (lspci -x, -xxx or -xxxx) and, for each
module, some that are invented from its aliases. A write that is dropped has to have a
row in TABLE. RST has to have the text that the table makes; --update writes it. With --few
a row may be for cards that are not among the dumps.
"""

import fnmatch
import re
import subprocess
import sys
import textwrap
from collections import defaultdict

# What the PCI core and the kernel's built-in workarounds do for every driver.
CORE = ["pci_set_master config d 1 ff 40", "pci_set_cacheline_size config c 1 ff 10",
        "pci_set_mwi config 4 2 10 10", "pcie_set_readrq exp 8 2 7000 2000",
        "pci_disable_link_state exp 10 2 3 0", "pcie_capability_clear exp a 2 f f"]
BUILT_IN = [("0c0300", "quirk_usb_handoff_uhci config c0 2 ffff 8f00")]
INVENTED = 40	# cards for each module at most
ALIAS = re.compile(r"v(\*|[0-9A-F]{8})d(\*|[0-9A-F]{8})sv(\S+?)sd(\S+?)bc(\S+?)sc(\S+?)i(\*|[0-9A-F]{2})\*?$")


class Card:
    """A device: its name and its bytes by offset."""

    def __init__(self, name):
        self.name = name
        self.rows = {}
        self.invented = False

    def byte(self, at):
        row = self.rows.get(at & ~15, [])
        return row[at & 15] if len(row) > at & 15 else 0

    def number(self, at, size):
        return sum(self.byte(at + i) << (8 * i) for i in range(size))

    def alias(self):
        return (f"pci:v{self.number(0, 2):08X}d{self.number(2, 2):08X}"
                f"sv{self.number(0x2c, 2):08X}sd{self.number(0x2e, 2):08X}"
                f"bc{self.byte(11):02X}sc{self.byte(10):02X}i{self.byte(9):02X}")

    def lines(self):
        yield f"card {self.name}"
        for at, row in sorted(self.rows.items()):
            yield f"bytes {at:x} " + " ".join(f"{b:02x}" for b in row)
        if self.invented:
            yield "invented"


def cards_of(path):
    """Those of a dump that have a header of a device, not of a bridge."""
    cards, card = [], None
    name = path.rsplit("/", 1)[1].removesuffix(".txt")
    with open(path, encoding="latin-1") as file:
        for line in file:
            slot = re.match(r"((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) ", line)
            row = re.match(r"([0-9a-f]{2,3}):((?: [0-9a-f]{2}){16})\s*$", line)
            if slot:
                card = Card(f"{name}/{slot.group(1)}")
                cards.append(card)
            elif row and card:
                card.rows[int(row.group(1), 16)] = [int(b, 16) for b in row.group(2).split()]
    return [c for c in cards if c.rows and not c.byte(14) & 0x7f]


def read_aliases(modules):
    found = []
    with open(f"{modules}/modules.alias", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if len(words) == 3 and words[1].startswith("pci:"):
                found.append((words[1], words[2].replace("-", "_")))
    return found


def read_libraries(modules):
    """By module: those it needs."""
    needs = {}
    with open(f"{modules}/modules.dep", encoding="ascii") as file:
        for line in file:
            names = [p.rsplit("/", 1)[1].split(".")[0].replace("-", "_")
                     for p in line.replace(":", " ").split()]
            needs[names[0]] = names[1:]
    return needs


def invent(module, aliases):
    """Cards that the module would serve: one for each class, at first different ids."""
    chosen = {}
    for alias in aliases:
        match = ALIAS.match(alias[4:])
        if not match:
            continue
        vendor, device, _, _, *klass = match.groups()
        key = (vendor, *klass)
        if len(chosen) < INVENTED and key not in chosen:
            chosen[key] = (vendor, device, klass)
    for i, (vendor, device, klass) in enumerate(chosen.values()):
        card = Card(f"invented/{module}.{i}")
        ids = [0 if x == "*" else int(x, 16) for x in (vendor, device)]
        kind = [0 if x == "*" else int(x, 16) for x in klass]
        card.invented = True
        card.rows[0] = [ids[0] & 255, ids[0] >> 8, ids[1] & 255, ids[1] >> 8, 0, 0, 0x10, 0,
                        0, kind[2], kind[1], kind[0], 0, 0, 0, 0]
        yield card


def invent_for(index, line, by_module, matching):
    """A card for a line of the driver's own table, with a module that it names."""
    what, _, why = line.partition("#")
    words = what.split()
    klass = next((w[6:] for w in words if w.startswith("class=")), "").ljust(6, "0")
    vendor, _, device = words[0].partition(":") if ":" in words[0] else ("0", "", "0")
    for module in re.findall(r"\w+", why):
        own = [a for a in by_module.get(module, []) if a.startswith(f"pci:v0000{vendor.upper()}d")]
        match = ALIAS.match(own[0][4:]) if own else None
        card = Card(f"invented/line-{index}.{module}")
        card.invented = True
        number = int(device if device not in ("", "*") else
                     match.group(2).replace("*", "0") if match else "0", 16)
        card.rows[0] = [*int(vendor, 16).to_bytes(2, "little"), *number.to_bytes(2, "little"),
                        0, 0, 0x10, 0, 0, *reversed(bytes.fromhex(klass)), 0, 0, 0, 0]
        if own or module in matching(card):
            yield card, module


def give_class(card, module, classes):
    """Aliases mostly leave the class open: what CLASSES says of the module."""
    if card.byte(11) or module not in classes:
        return
    value = int(classes[module], 16)
    card.rows[0][9:12] = [value & 255, value >> 8 & 255, value >> 16]


def read_table(path):
    """[(modules, registers, reason)], and the classes of modules' cards."""
    rows, classes = [], {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            fields = [f.strip() for f in line.split("|")]
            if not line.strip() or line.startswith("#"):
                continue
            if fields[0] == "class":
                classes.update((m, fields[1]) for m in fields[2].replace(",", " ").split())
            elif len(fields) == 3:
                rows.append((fields[0].replace(",", " ").split(),
                             fields[1].replace(",", " ").split(), fields[2]))
            else:
                sys.exit(f"{path}:{number}: expected modules | registers | reason")
    return rows, classes


def in_register(register, space, offset):
    if register == "*":
        return True
    if register.startswith("exp+") != (space == "exp"):
        return False
    first, _, last = register.removeprefix("exp+").partition("-")
    return int(first, 16) <= offset <= int(last or first, 16)


def reason_of(rows, module, space, offset):
    for i, (modules, registers, _) in enumerate(rows):
        if any(fnmatch.fnmatchcase(module, m) for m in modules) and \
           any(in_register(r, space, offset) for r in registers):
            return i
    return None


def rst_of(rows, builtin):
    lines = [".. SPDX-License-Identifier: GPL-2.0",
             ".. Made by tools/testing/unit/dumps.py --update. Do not edit.", "",
             "==============", "Dropped writes", "==============", "",
             "The modules of Debian 12's kernel write these registers of configuration space with",
             "constant offsets, as their code shows. The cards are those of the dumps that the test",
             "reads, and one or more for each module, invented from its aliases. A guest's write to",
             "any other of these registers reaches the device, or does what its driver expects.",
             "Registers whose offset a driver computes are not seen, but for a few that are marked so.", "",
             "Registers that policy ``strict`` opens for kinds of cards",
             "=========================================================", "",
             "``*`` is all devices of a vendor. Registers and masks are hexadecimal; without a mask",
             "all bits are open.", "", "::", ""]
    lines += [f"    {line}" for line in builtin]
    lines += ["", "Writes that are dropped", "=======================", "",
              "What a driver needs among them for a card that you have can be opened by a line of",
              "``quirks`` or ``config_quirks``, or with ``policy=standard`` (config-space.rst).", ""]
    for modules, registers, reason in rows:
        where = ", ".join(registers) if registers != ["*"] else "all"
        names = ", ".join(m.replace("*", r"\*") for m in modules)
        for text in (f"* {names}: {where}.", f"{reason[0].upper()}{reason[1:]}."):
            lines += textwrap.wrap(text, 92, subsequent_indent="  ",
                                   initial_indent="" if text[0] == "*" else "  ")
    return "\n".join(lines) + "\n"


class Report:
    """KTAP."""

    def __init__(self):
        self.lines, self.failed = [], False

    def say(self, good, name, why=()):
        for line in why:
            self.lines.append(f"# {line}")
        self.lines.append(f"{'ok' if good else 'not ok'} {{}} {name}")
        self.failed |= not good

    def print(self):
        number = 0
        print("KTAP version 1")
        for line in self.lines:
            if not line.startswith("#"):
                number += 1
                line = line.format(number)
            print(line)
        print(f"1..{number}")


def input_of(cards, writes, needs, serves):
    """The lines for card_writes, and how many pairs of a card and a driver there are."""
    pairs = 0
    for card in cards:
        for module in serves(card):
            own = [w for m in [module, *needs.get(module, [])] for w in writes.get(m, [])]
            own += CORE + [w for c, w in BUILT_IN if int(c, 16) == card.number(9, 3)]
            pairs += 1
            yield from card.lines()
            yield f"run {module}"
            yield from (f"write {w}" for w in own)
    yield f"# {pairs}"


def main():
    flags = {a for a in sys.argv[1:] if a.startswith("--")}
    program, writes_path, modules, table, rst, *dumps = [a for a in sys.argv[1:]
                                                         if a not in flags]
    writes = defaultdict(list)
    with open(writes_path, encoding="ascii") as file:
        for line in file:
            module, write = line.rstrip("\n").split(" ", 1)
            writes[module].append(write)
    aliases = read_aliases(modules)
    by_module = defaultdict(list)
    for alias, module in aliases:
        by_module[module].append(alias)
    needs = read_libraries(modules)
    rows, classes = read_table(table)

    def matching(card):
        text, vendor = card.alias(), f"pci:v{card.number(0, 2):08X}d"
        return sorted({m for a, m in aliases if a.startswith((vendor, "pci:v*")) and
                       fnmatch.fnmatchcase(text, a)})

    real = [card for path in dumps for card in cards_of(path)]
    made = {}
    for module in sorted(by_module):
        if any(writes.get(m) for m in [module, *needs.get(module, [])]):
            for card in invent(module, by_module[module]):
                give_class(card, module, classes)
                made[card.name] = (card, module)

    listed = subprocess.run([program], input="builtin\n", text=True, capture_output=True,
                            check=True).stdout.splitlines()
    for i, line in enumerate(line for line in listed if line.startswith("builtin: ")):
        for card, module in invent_for(i, line[9:], by_module, matching):
            made[card.name] = (card, module)
    lines = list(input_of(real, writes, needs, matching))
    pairs = int(lines.pop()[2:])
    lines += list(input_of([c for c, _ in made.values()], writes, needs,
                           lambda card: [made[card.name][1]]))[:-1]
    run = subprocess.run([program], input="\n".join([*lines, "builtin"]) + "\n", text=True,
                         capture_output=True, check=False)
    judge(run, rows, Builtin(run, writes, needs), needs, rst, flags,
          (pairs, len(real), len(made)))


class Builtin:
    """The lines of the driver's own table: what they open, for which modules."""

    def __init__(self, run, writes, needs):
        self.lines = [line[9:] for line in run.stdout.splitlines()
                      if line.startswith("builtin: ")]
        self.modules, self.places, self.used = [], [], set()
        for line in self.lines:
            what, _, why = line.partition("#")
            words = [w for w in what.split()[1:] if not w.startswith("class=")]
            self.places.append((int(words[0], 16), int(words[1])))
            self.modules.append({m for m in re.findall(r"\w+", why)
                                 if m in writes or m in needs})
        for line in run.stdout.splitlines():
            if line.startswith("opened "):
                self.note(line.split(), writes, needs)

    def note(self, words, writes, needs):
        index, module = int(words[1]), words[2]
        own = [w for m in [module, *needs.get(module, [])] for w in writes.get(m, [])]
        if "(computed)" in self.lines[index] or any(self.meets(index, *w.split()[1:4]) for w in own):
            self.used.add(index)

    def meets(self, index, space, offset, width):
        at, size = self.places[index]
        first = int(offset, 16)
        return space == "config" and first < at + size and at < first + int(width)

    def names(self, module, libraries, space, offset, width):
        """Is there a line for this register of the module's, of whatever card?"""
        return any(self.modules[i] & {module, *libraries} and
                   self.meets(i, space, f"{offset:x}", width) for i in range(len(self.lines)))


def dropped_of(run):
    dropped = defaultdict(set)
    for line in run.stdout.splitlines():
        words = line.split()
        if len(words) == 8 and words[7] in ("open", "fixed"):
            card, module, function, space, offset, width, mask, kind = words
            dropped[(module, space, int(offset, 16), width)].add(
                (function, mask, kind, card))
    return dropped


def find_missing(dropped, rows, builtin, needs):
    """The writes without a reason, and which reasons there are some for."""
    missing, used = [], set()
    for (module, space, offset, width), drops in sorted(dropped.items()):
        if builtin.names(module, needs.get(module, []), space, offset, width):
            continue
        row = reason_of(rows, module, space, offset)
        used.add(row)
        if row is not None:
            continue
        function, mask, kind, card = sorted(drops)[0]
        missing.append(f"{module} {'exp+' if space == 'exp' else ''}{offset:x}/{width} "
                       f"{function} mask {mask} {kind} on {card} and "
                       f"{len({c for *_, c in drops}) - 1} more")
    return missing, used


def documents(rst, text, update):
    if update:
        with open(rst, "w", encoding="utf-8") as file:
            file.write(text)
    try:
        with open(rst, encoding="utf-8") as file:
            return file.read() == text
    except FileNotFoundError:
        return False


def judge(run, rows, builtin, needs, rst, flags, counts):
    report = Report()
    report.say(run.returncode == 0 and all(counts),
               "{} pairs of a card and its driver in the dumps of {} cards, "
               "{} invented cards: all are read".format(*counts),
               [] if run.returncode == 0 else run.stdout.splitlines()[-20:])
    missing, used = find_missing(dropped_of(run), rows, builtin, needs)
    report.say(not missing, "each write that is dropped has a reason in the table (case C2)",
               missing)
    stale = [f"{rows[i][0]} {rows[i][1]}" for i in range(len(rows)) if i not in used]
    if "--few" in flags:
        report.say(True, "each reason in the table is of a write that is dropped "
                         "# SKIP pciutils' dumps are not there")
    else:
        report.say(not stale, "each reason in the table is of a write that is dropped", stale)
    stale = [line for i, line in enumerate(builtin.lines) if i not in builtin.used]
    report.say(not stale, "each register that is open for a kind of cards is written by its driver",
               stale)
    report.say(documents(rst, rst_of(rows, builtin.lines), "--update" in flags),
               "the documentation has this table; cure: test_dumps.sh --update")
    report.print()
    sys.exit(report.failed)


if __name__ == "__main__":
    main()

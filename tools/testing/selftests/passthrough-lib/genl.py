#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Requests of generic netlink, for what the kernel's own client is too slow for: it reads its
spec for seconds where a machine is emulated.

    genl.py join FAMILY                 become a member of its group "events"
    genl.py change PF OP [NAME=VALUE | force]   begin a change of the family sriov_mbox
    genl.py storm SECONDS PF OP [...]   changes one after the other; the family may go and
                                        come back. How often each answer came.

A line says "joined", "change NUMBER", or the name of the error and the kernel's words. The
exit status is 1 where it is an error.
"""

import collections
import errno
import os
import socket
import struct
import sys
import time

GENERIC, SOL_NETLINK = 16, 270
ADD_MEMBERSHIP, CAP_ACK, EXT_ACK = 1, 10, 11
REQUEST, ACK_TLVS, ERROR = 1, 0x200, 2
CTRL_ID, CTRL_GETFAMILY = 16, 3
CTRL_FAMILY_ID, CTRL_FAMILY_NAME, CTRL_MCAST_GROUPS = 1, 2, 7
ERROR_MSG = 1

# linux/sriov_mbox_netlink.h
CHANGE = 3
OPS = ["", "set-num", "disable", "enable", "quarantine", "clear", "reset", "move", "quiesce",
       "resume"]
ATTRIBUTES = {"pf": 2, "num": 4, "driver": 5, "vf-index": 7, "change": 19, "op": 20,
              "deadline-ms": 22, "force": 23}
TEXTS = ("pf", "driver")


def pack_attribute(kind, data):
    size = 4 + len(data)
    return struct.pack("HH", size, kind) + data + bytes(-size % 4)


def attributes(data):
    while len(data) >= 4:
        size, kind = struct.unpack_from("HH", data)
        yield kind & 0x3fff, data[4:size]
        data = data[(size + 3) & ~3:]


def number_of(text):
    """Of a flag there is none."""
    return struct.pack("I", int(text)) if text else b""


class Netlink:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
        self.sock.setsockopt(SOL_NETLINK, CAP_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
        self.sock.settimeout(20)

    def ask(self, family, command, data):
        """Return: the attributes of the answer."""
        body = struct.pack("BBH", command, 1, 0) + data
        self.sock.send(struct.pack("IHHII", 16 + len(body), family, REQUEST, 1, 0) + body)
        answer = self.sock.recv(1 << 16)
        size, kind, flags = struct.unpack_from("IHH", answer)
        if kind != ERROR:
            return dict(attributes(answer[20:size]))
        number = -struct.unpack_from("i", answer, 16)[0]
        text = ""
        if flags & ACK_TLVS:
            text = dict(attributes(answer[36:size])).get(ERROR_MSG, b"").decode().strip("\0")
        raise OSError(number, text)

    def family(self, name):
        return self.ask(CTRL_ID, CTRL_GETFAMILY,
                        pack_attribute(CTRL_FAMILY_NAME, name.encode() + b"\0"))

    def join(self, name):
        for _, group in attributes(self.family(name)[CTRL_MCAST_GROUPS]):
            number = struct.unpack("I", dict(attributes(group))[2])[0]
            self.sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, number)
        return "joined"

    def change(self, pf, operation, *args):
        data = pack_attribute(ATTRIBUTES["pf"], pf.encode() + b"\0")
        data += pack_attribute(ATTRIBUTES["op"], struct.pack("I", OPS.index(operation)))
        for arg in args:
            name, _, value = arg.partition("=")
            value = value.encode() + b"\0" if name in TEXTS else number_of(value)
            data += pack_attribute(ATTRIBUTES[name], value)
        family = struct.unpack("H", self.family("sriov_mbox")[CTRL_FAMILY_ID])[0]
        answer = self.ask(family, CHANGE, data)
        return f"change {struct.unpack('Q', answer[ATTRIBUTES['change']])[0]}"


def name_of(error):
    return errno.errorcode.get(error.errno, str(error.errno))


def storm(netlink, seconds, *args):
    answers = collections.Counter()
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        try:
            answers[netlink.change(*args).split()[0]] += 1
        except OSError as error:
            answers[name_of(error)] += 1
    return " ".join(f"{name} {n}" for name, n in sorted(answers.items()))


def main(what, *args):
    netlink = Netlink()
    try:
        if what == "storm":
            print(storm(netlink, *args))
        else:
            print(getattr(netlink, what)(*args))
    except OSError as error:
        print(name_of(error), os.strerror(error.errno) if not error.args[1] else error.args[1])
        sys.exit(1)


main(*sys.argv[1:])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
The VF manager by the kernel's own netlink client (tools/net/ynl).

    vf_manager.py YNL serve EVENTS     orders on standard input, see below
    vf_manager.py YNL ORDER...         one of them

    pfs                     all PFs, one a line
    vfs [PF]                all VFs, or those of one
    begin OP PF [NAME=VALUE | FLAG]...   a change: its number
    wait NUMBER             how it ends: "ok", or the name of the error, and the reason
    change OP PF ...        both
    time PF N               ms to have N VFs, by the manager
    bare PF N               ms to have N VFs, by sriov_numvfs

YNL is the folder of the client, with sriov_mbox.yaml beside it. The exit status is 0, or 1
where a change did not work. "serve" writes each event to the file EVENTS, a line each,
before it answers, and the line "end STATUS" after each answer.
"""

import errno
import os
import select
import sys
import time

PATIENCE = 70   # seconds, more than any change takes


def words(message, order):
    return " ".join(f"{name}={message[name]}" for name in order if name in message)


class Manager:
    def __init__(self, ynl, events, log):
        self.ynl = ynl
        self.events = events
        self.log = log
        self.order = list(ynl.attr_sets["sriov-mbox"])
        self.ended = {}
        events.ntf_subscribe("events")

    def hear(self, seconds=0):
        """Note the events that have come. Return: whether there were any."""
        if select.select([self.events.sock], [], [], seconds)[0]:
            try:
                self.events.check_ntf()
            except OSError as error:
                # More came at once than there is room for; the rest is there.
                if error.errno != errno.ENOBUFS:
                    raise
        heard = [event["msg"] for event in self.events.async_msg_queue]
        self.events.async_msg_queue.clear()
        for message in heard:
            if message["event"] == "done":
                self.ended[message["change"]] = message
            if self.log:
                what = message["event"]
                rest = {k: v for k, v in message.items() if k != "event"}
                self.log.write(f"{what} {words(rest, self.order)}\n")
                self.log.flush()
        return bool(heard)

    def dump(self, operation, request):
        for message in self.ynl.dump(operation, request):
            print(words(message, self.order))
        return 0

    def pfs(self):
        return self.dump("pf-get", {})

    def vfs(self, *pf):
        return self.dump("vf-get", {"pf": pf[0]} if pf else {})

    def start(self, what, pf, *args):
        request = {"pf": pf, "op": what}
        for arg in args:
            name, equals, value = arg.partition("=")
            if equals:
                request[name] = value if name == "driver" else int(value)
            else:
                request[name] = True
        return self.ynl.do("change", request)["change"]

    def end_of(self, number):
        deadline = time.monotonic() + PATIENCE
        while number not in self.ended:
            if not self.hear(1) and time.monotonic() > deadline:
                sys.exit(f"change {number} has not ended after {PATIENCE} s")
        return self.ended[number]

    def begin(self, *args):
        print(self.start(*args))
        return 0

    def wait(self, number):
        message = self.end_of(int(number))
        result = message["result"]
        print(errno.errorcode[-result] if result else "ok", message.get("reason", ""))
        return int(bool(result))

    def change(self, *args):
        return self.wait(self.start(*args))

    def time(self, pf, number):
        start = time.monotonic()
        message = self.end_of(self.start("set-num", pf, f"num={number}"))
        print(f"{1000 * (time.monotonic() - start):.1f}")
        return int(bool(message["result"]))

    def bare(self, pf, number):
        start = time.monotonic()
        with open(f"/sys/bus/pci/devices/{pf}/sriov_numvfs", "w", encoding="ascii") as file:
            file.write(number)
        print(f"{1000 * (time.monotonic() - start):.1f}")
        return 0


def main(where, what, *args):
    sys.path.insert(0, where)
    # pylint: disable=import-error,import-outside-toplevel
    from lib import YnlFamily, NlError

    log = open(args[0], "w", encoding="utf-8") if what == "serve" else None
    spec = os.path.join(where, "sriov_mbox.yaml")
    # One for events alone: the client takes one that comes before an answer for that.
    manager = Manager(YnlFamily(spec, ""), YnlFamily(spec, ""), log)

    def do(order, *rest):
        try:
            return getattr(manager, order)(*rest)
        except NlError as error:
            print(str(error).replace("\n", " "))
            return 1

    if what != "serve":
        sys.exit(do(what, *args))
    print("end 0", flush=True)
    for line in sys.stdin:
        status = do(*line.split())
        manager.hear()
        print(f"end {status}", flush=True)


main(*sys.argv[1:])

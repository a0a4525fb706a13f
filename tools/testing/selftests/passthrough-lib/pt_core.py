#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
What pt-core tells programs, by the kernel's own netlink client (tools/net/ynl).

    pt_core.py YNL listen     events as they come, one a line, until it is killed
    pt_core.py YNL uevents    the same of its uevents
    pt_core.py YNL devices    those that are known, one a line
    pt_core.py YNL guards     their names
    pt_core.py YNL request OPERATION ATTRIBUTE   a dump that is asked for more
    pt_core.py - poll SECONDS the generation, when it has changed
    pt_core.py - compare FILE FILE

YNL is the folder of the client, with pt_core.yaml beside it. A line is the event and
then NAME=VALUE in the order of the spec; the generation counts from the first event.
"""

import difflib
import os
import select
import socket
import sys

GENERATION = "/sys/kernel/pt_core/generation"
UEVENTS = 15    # NETLINK_KOBJECT_UEVENT


def say(text):
    print(text, flush=True)


def words(message, order):
    return " ".join(f"{name}={message[name]}" for name in order if name in message)


def order_of(ynl):
    return list(ynl.attr_sets["pt-core"])


def listen(ynl):
    first = None
    ynl.ntf_subscribe("events")
    say("listening")
    while True:
        select.select([ynl.sock], [], [])
        ynl.check_ntf()
        for event in ynl.async_msg_queue:
            message = event["msg"]
            generation = message.pop("generation")
            first = generation if first is None else first
            what = message.pop("event")
            say(f"{generation - first} {what} {words(message, order_of(ynl))}")
        ynl.async_msg_queue.clear()


def uevents():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, UEVENTS)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind((0, 1))
    say("listening")
    while True:
        lines = sock.recv(1 << 16).decode().split("\0")
        if any(line.startswith("PT_EVENT=") for line in lines):
            say(" ".join([lines[0]] + [line for line in lines if line.startswith("PT_")]))


def dump(ynl, operation):
    for message in ynl.dump(operation, {}):
        say(words(message, order_of(ynl)))


def request(ynl, operation, attribute):
    ynl.dump(operation, {attribute: "0000:00:00.0"})


def poll(seconds):
    with open(GENERATION, encoding="ascii") as file:
        file.read()
        poller = select.poll()
        poller.register(file, select.POLLPRI | select.POLLERR)
        say("listening")
        if not poller.poll(1000 * int(seconds)):
            sys.exit("nothing has changed")
        file.seek(0)
        say(file.read().strip())


def compare(have, want):
    with open(have, encoding="utf-8") as a, open(want, encoding="utf-8") as b:
        lines = list(difflib.unified_diff(b.readlines(), a.readlines(), want, have, n=1))
    sys.stdout.writelines(lines)
    sys.exit(bool(lines))


def main(where, what, *args):
    if what in ("uevents", "poll", "compare"):
        return globals()[what](*args)
    sys.path.insert(0, where)
    # pylint: disable=import-error,import-outside-toplevel
    from lib import YnlFamily, NlError

    ynl = YnlFamily(os.path.join(where, "pt_core.yaml"), "")
    try:
        if what == "listen":
            return listen(ynl)
        if what == "request":
            return request(ynl, *args)
        return dump(ynl, {"devices": "device-get", "guards": "guard-get"}[what])
    except NlError as error:
        sys.exit(str(error))


main(*sys.argv[1:])

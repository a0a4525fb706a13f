#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
The VF manager by the kernel's own netlink client (tools/net/ynl).

    vf_manager.py YNL listen              events as they come, one a line
    vf_manager.py YNL pfs                 all PFs, one a line
    vf_manager.py YNL vfs [PF]            all VFs, or those of one
    vf_manager.py YNL begin OP PF [NAME=VALUE | FLAG]...   a change: its number
    vf_manager.py YNL change OP PF [NAME=VALUE | FLAG]...  the same, and how it ends
    vf_manager.py YNL time PF N           ms to have N VFs, by the manager
    vf_manager.py - bare PF N             ms to have N VFs, by sriov_numvfs

YNL is the folder of the client, with sriov_mbox.yaml beside it. "change" prints "ok", or
the name of the error, and the reason; its exit status is 0 or 1.
"""

import errno
import os
import select
import sys
import time

PATIENCE = 60   # seconds, more than any change here takes


def say(text):
    print(text, flush=True)


def words(message, order):
    return " ".join(f"{name}={message[name]}" for name in order if name in message)


def order_of(ynl):
    return list(ynl.attr_sets["sriov-mbox"])


def events(ynl, seconds=None):
    """Each event as it comes; ends when none has come for so long."""
    while select.select([ynl.sock], [], [], seconds)[0]:
        ynl.check_ntf()
        heard = [event["msg"] for event in ynl.async_msg_queue]
        ynl.async_msg_queue.clear()
        yield from heard


def listen(ynl):
    ynl.ntf_subscribe("events")
    say("listening")
    for message in events(ynl):
        what = message.pop("event")
        say(f"{what} {words(message, order_of(ynl))}")


def begin(ynl, what, pf, *args):
    request = {"pf": pf, "op": what}
    for arg in args:
        name, equals, value = arg.partition("=")
        if equals:
            request[name] = value if name == "driver" else int(value)
        else:
            request[name] = True
    return ynl.do("change", request)["change"]


def change(ynl, *args):
    ynl.ntf_subscribe("events")
    number = begin(ynl, *args)
    heard = list(ynl.async_msg_queue)
    ynl.async_msg_queue.clear()
    for message in [event["msg"] for event in heard]:
        if message.get("change") == number and message["event"] == "done":
            return message
    for message in events(ynl, PATIENCE):
        if message.get("change") == number and message["event"] == "done":
            return message
    return sys.exit(f"change {number} has not ended after {PATIENCE} s")


def time_of(ynl, pf, number):
    start = time.monotonic()
    message = change(ynl, "set-num", pf, f"num={number}")
    say(f"{1000 * (time.monotonic() - start):.1f}")
    sys.exit(bool(message["result"]))


def bare(pf, number):
    start = time.monotonic()
    with open(f"/sys/bus/pci/devices/{pf}/sriov_numvfs", "w", encoding="ascii") as file:
        file.write(number)
    say(f"{1000 * (time.monotonic() - start):.1f}")


def main(where, what, *args):
    if what == "bare":
        return bare(*args)
    sys.path.insert(0, where)
    # pylint: disable=import-error,import-outside-toplevel
    from lib import YnlFamily, NlError

    ynl = YnlFamily(os.path.join(where, "sriov_mbox.yaml"), "")
    try:
        if what == "listen":
            return listen(ynl)
        if what == "time":
            return time_of(ynl, *args)
        if what == "begin":
            return say(begin(ynl, *args))
        if what == "change":
            message = change(ynl, *args)
            result = message["result"]
            say(f"{errno.errorcode[-result] if result else 'ok'} {message.get('reason', '')}")
            return sys.exit(bool(result))
        wanted = {"pf": args[0]} if args else {}
        for message in ynl.dump({"pfs": "pf-get", "vfs": "vf-get"}[what], wanted):
            say(words(message, order_of(ynl)))
    except NlError as error:
        sys.exit(str(error))
    return None


main(*sys.argv[1:])

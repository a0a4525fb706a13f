#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# Talk to QEMU's monitor (QMP) for snapshot.sh.
#
#   qmp.py SOCKET save FILE             stop the machine, write RAM and device state, quit
#   qmp.py SOCKET restore FILE [DEVICE] read them back, plug DEVICE (as -device has it), go on
#
# mapped-ram: each page has its place in the file, so that zero pages are holes and
# reading is one pass.

import json
import socket
import sys
import time

DEADLINE = 120.0


class Monitor:
    def __init__(self, path):
        self.end = time.monotonic() + DEADLINE
        self.socket = self.connect(path)
        self.socket.settimeout(DEADLINE)
        self.lines = self.socket.makefile("r")
        self.lines.readline()
        self.execute("qmp_capabilities")

    def connect(self, path):
        # QEMU makes the socket in its first milliseconds.
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(path)
                return connection
            except OSError:
                connection.close()
                if time.monotonic() > self.end:
                    sys.exit("qmp: no monitor at " + path)
                time.sleep(0.05)

    def execute(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        for line in self.lines:
            reply = json.loads(line)
            if "error" in reply:
                sys.exit("qmp: %s: %s" % (command, reply["error"]["desc"]))
            if "return" in reply:
                return reply["return"]
        sys.exit("qmp: %s: QEMU ended" % command)

    def wait_for_migration(self):
        while True:
            state = self.execute("query-migrate")
            if state.get("status") == "completed":
                return
            if state.get("status") in ("failed", "cancelled"):
                sys.exit("qmp: migration failed: " + state.get("error-desc", "no reason given"))
            if time.monotonic() > self.end:
                sys.exit("qmp: migration took more than %d s" % DEADLINE)
            time.sleep(0.02)

    def use_mapped_ram(self):
        capability = {"capability": "mapped-ram", "state": True}
        self.execute("migrate-set-capabilities", capabilities=[capability])


def save(monitor, path):
    monitor.execute("stop")
    monitor.use_mapped_ram()
    monitor.execute("migrate", uri="file:" + path)
    monitor.wait_for_migration()
    monitor.execute("quit")


def restore(monitor, path, device=None):
    monitor.use_mapped_ram()
    monitor.execute("migrate-incoming", uri="file:" + path)
    monitor.wait_for_migration()
    monitor.execute("cont")
    if device:
        driver, *options = device.split(",")
        arguments = dict(option.split("=", 1) for option in options)
        monitor.execute("device_add", driver=driver, **arguments)


def main():
    actions = {"save": save, "restore": restore}
    if len(sys.argv) not in (4, 5) or sys.argv[2] not in actions:
        sys.exit("usage: qmp.py SOCKET save|restore FILE [DEVICE]")
    actions[sys.argv[2]](Monitor(sys.argv[1]), *sys.argv[3:])


main()

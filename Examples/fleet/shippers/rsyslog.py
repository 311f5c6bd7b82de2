# SPDX-License-Identifier: Apache-2.0
"""rsyslog with the files of this directory: a sender and a receiver on the loopback, and what becomes of lines when one
of them is killed."""

import glob
import os
import signal
import subprocess
import time

from events import Came, Follower
from processes import Process, eventually, free_ports, listens

HERE = os.path.dirname(os.path.abspath(__file__))


def one_at_a_time(text):
    """RELP that waits for an answer to each line."""
    return text.replace('port="2514" template', 'port="2514" windowSize="1" template')


def usual_size(text):
    """The longest message that rsyslog takes where nothing else is said."""
    return text.replace(' maxMessageSize="1m"', "")


class Chain:
    """A file of lines, a sender, a receiver, and the file that the lines come into."""

    def __init__(self, packages, folder, kind="", edit=lambda text: text):
        self.folder, self.spool, self.center = folder, os.path.join(folder, "spool"), os.path.join(folder, "center")
        os.makedirs(self.spool)
        os.makedirs(self.center)
        self.port, = free_ports(1)
        self.source = os.path.join(self.spool, "events.ndjson")
        with open(self.source, "wb"):
            pass
        self.packages = packages
        self.receiver = self._rsyslog("receiver", kind, edit)
        self.sender = self._rsyslog("sender", kind, edit)
        self.wait_for_receiver()

    def _rsyslog(self, role, kind, edit):
        with open(f"{HERE}/{kind}{role}.conf", encoding="utf-8") as file:
            text = edit(file.read())
        for old, new in (("/var/spool/bpf-events", self.spool), ("/srv/bpf-events", self.center),
                         ("center.example", "127.0.0.1"), ('port="2514"', f'port="{self.port}"'),
                         ('timeout="10"', 'timeout="2"')):
            text = text.replace(old, new)
        configuration = os.path.join(self.folder, f"{role}.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(text)
        program = self.packages.program("/usr/sbin/rsyslogd")
        command = [program, "-n", "-f", configuration, "-i", os.path.join(self.folder, f"{role}.pid"),
                   "-M", self.packages.file("/usr/lib/*/rsyslog")]
        checked = subprocess.run(command + ["-N", "1"], env=self.packages.environment(), text=True, check=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if checked.returncode != 0:
            raise SystemExit(f"{kind}{role}.conf: {checked.stdout}")
        return Process(role, command, self.folder, self.packages.environment())

    def files(self):
        return glob.glob(f"{self.center}/*/events.ndjson")

    def size(self):
        return sum(os.path.getsize(path) for path in self.files())

    def came(self):
        return Came(self.files())

    def wait_for_receiver(self):
        eventually("the receiver", lambda: listens(self.port), 60, [self.receiver])

    # What goes wrong.

    def kill_receiver(self):
        self.receiver.stop(signal.SIGKILL)
        time.sleep(0.3)
        # The kernel ends a write of a process that is killed between two pages.
        for path in self.files():
            with open(path, "ab") as file:
                file.write(b'{"time":1,"numb')
        subprocess.run([f"{HERE}/whole-lines"] + self.files(), check=True)
        self.receiver.start()
        self.wait_for_receiver()

    def slow_receiver(self):
        self.receiver.send(signal.SIGSTOP)
        time.sleep(4)
        self.receiver.send(signal.SIGCONT)

    def kill_sender(self):
        self.sender.stop(signal.SIGKILL)
        time.sleep(0.3)
        self.sender.start()

    def kill_both(self):
        self.sender.stop(signal.SIGKILL)
        self.kill_receiver()
        self.sender.start()

    def rotate(self):
        """As logrotate without copytruncate: the file gets another name, and what comes goes into a new one."""
        os.rename(self.source, self.source + ".1")

    def restart_sender(self):
        """In order, so that it goes on with what its queue has on disk."""
        self.sender.stop()
        self.sender.start()

    def send_again(self):
        """Has the whole file sent once more."""
        self.sender.stop()
        for state in glob.glob(f"{self.spool}/imfile-state*"):
            os.unlink(state)
        self.sender.start()

    # What comes.

    def run(self, lines, troubles=(), seconds=4.0):
        """Sends lines while things go wrong, each when a further part of the lines has come."""
        follower, size = Follower(self.source, lines, seconds), sum(len(line) + 1 for line in lines)
        follower.start()
        try:
            for number, trouble in enumerate(troubles, 1):
                self.wait_for_part(size * 0.9 * number / (len(troubles) + 1))
                trouble(self)
        finally:
            follower.join()

    def wait_for_part(self, size, seconds=5):
        """Waits for so many bytes, or, where lines are lost or stuck, until nothing has come for some seconds."""
        last, since = self.size(), time.monotonic()
        while last < size and time.monotonic() - since < seconds:
            time.sleep(0.02)
            if self.size() != last:
                last, since = self.size(), time.monotonic()

    def settle(self, seconds=5):
        """Waits until nothing has come for some seconds."""
        self.wait_for_part(float("inf"), seconds)
        return self.came()

    def all_came(self, lines):
        """Waits until all lines have come; what has come in the end, also where they have not."""
        size = sum(len(line) + 1 for line in lines)

        def is_complete():
            return self.size() >= size and not self.came().missing(lines)

        try:
            eventually("all lines", is_complete, 90, [self.sender, self.receiver])
        except SystemExit as error:
            print(f"    {error}")
        return self.came()

    def end(self):
        self.sender.stop()
        self.receiver.stop()

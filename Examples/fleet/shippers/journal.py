# SPDX-License-Identifier: Apache-2.0
"""The journal as a shipper: journald, systemd-journal-upload and systemd-journal-remote, without systemd as the first
process."""

import glob
import os
import shutil
import signal
import subprocess
import time

from events import Came
from processes import Process, eventually, free_ports, listens

HERE = os.path.dirname(os.path.abspath(__file__))


class Journal:
    """A host's journal, what uploads it, what receives it, and the journals that come."""

    def __init__(self, packages, folder):
        self.packages, self.folder = packages, folder
        self.host, self.center = os.path.join(folder, "host"), os.path.join(folder, "center")
        os.makedirs(self.host)
        os.makedirs(self.center)
        self.port, = free_ports(1)
        self.remote = packages.program("/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote")
        self.receiver = self.sender = None

    # On the host.

    def write(self, lines, configuration):
        """Lines as journald takes them from a unit."""
        path = os.path.join(self.folder, "lines")
        with open(path, "wb") as file:
            file.writelines(line + b"\n" for line in lines)
        subprocess.run([
            f"{HERE}/journald-alone", path, self.host, configuration,
            self.packages.program("/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald"),
            self.packages.program("/usr/bin/systemd-cat", "/bin/systemd-cat")],
            env=self.packages.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=True, timeout=120)

    def export(self, lines):
        """Lines as entries of the journal's export format, which systemd-journal-remote stores."""
        entries = b"".join(
            b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%032x\n_MACHINE_ID=%032x\n"
            b"SYSLOG_IDENTIFIER=bpf\nMESSAGE=%s\n\n" % (1796000000000000 + number, number + 1, 1 << 64, 2 << 64, line)
            for number, line in enumerate(lines))
        subprocess.run([self.remote, "-o", os.path.join(self.host, "bpf.journal"), "-"], input=entries, check=True,
                       env=self.packages.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def lines(self, directory):
        """The messages of journals, as lines of a file."""
        path = os.path.join(self.folder, "printed")
        with open(path, "wb") as file:
            subprocess.run([self.packages.program("/bin/journalctl", "/usr/bin/journalctl"), "-D", directory, "-t",
                            "bpf", "-o", "cat", "--all", "--quiet"], env=self.packages.environment(), stdout=file,
                           stderr=subprocess.DEVNULL, check=True)
        return Came([path])

    # On its way.

    def start(self):
        environment = self.packages.environment()
        self.receiver = Process("journal-remote", [
            self.remote, f"--listen-http=127.0.0.1:{self.port}", "-o", self.center + "/", "--split-mode=host"],
            self.folder, environment)
        eventually("systemd-journal-remote", lambda: listens(self.port), 60, [self.receiver])
        self.sender = Process("journal-upload", [
            self.packages.program("/lib/systemd/systemd-journal-upload", "/usr/lib/systemd/systemd-journal-upload"),
            f"--url=http://127.0.0.1:{self.port}", f"--directory={self.host}",
            f"--save-state={self.folder}/state"], self.folder, environment)

    def keep(self):
        """Starts the sender again where it has ended, as 'Restart=on-failure' in its unit does."""
        if not self.sender.alive():
            self.sender.stop()
            self.sender.start()

    def kill_receiver(self):
        self.receiver.stop(signal.SIGKILL)
        time.sleep(0.3)
        self.receiver.start()
        eventually("systemd-journal-remote", lambda: listens(self.port), 60, [self.receiver])

    def slow_receiver(self):
        self.receiver.send(signal.SIGSTOP)
        time.sleep(3)
        self.receiver.send(signal.SIGCONT)

    def kill_sender(self):
        self.sender.stop(signal.SIGKILL)
        self.sender.start()

    def size(self):
        """Bytes that the received journals have on disk."""
        return sum(os.stat(path).st_blocks * 512 for path in glob.glob(f"{self.center}/*"))

    def all_came(self, lines):
        came = None

        def is_complete():
            nonlocal came
            self.keep()
            came = self.lines(self.center)
            return not came.missing(lines)

        try:
            eventually("all lines", is_complete, 90, [self.receiver])
        except SystemExit as error:
            print(f"    {error}")
        return came

    def end(self):
        self.sender.stop()
        self.receiver.stop()


def check(results, packages, folder, lines, long_lines, complete):
    """Lines through the journal of a host into one in the middle."""
    one = Journal(packages, os.path.join(folder, "journal"))
    if os.geteuid() == 0 and shutil.which("unshare"):
        usual = Journal(packages, os.path.join(folder, "usual"))
        usual.write(long_lines, os.devnull)
        broken = usual.lines(usual.host).broken
        results.expect(broken > 0, f"without LineMax journald makes {broken} messages of lines of "
                       f"{max(map(len, long_lines))} bytes that are no JSON", broken)
        one.write(lines + long_lines, f"{HERE}/journald.conf")
    else:
        print("    journald itself wants root here: its files are made by systemd-journal-remote")
        one.export(lines + long_lines)
    everything = lines + long_lines
    results.equal(len(one.lines(one.host).missing(everything)), 0, "records missing in the host's journal")
    one.start()
    for trouble in (one.kill_receiver, one.kill_receiver, one.slow_receiver, one.kill_sender):
        size = one.size()

        def has_grown(size=size):
            one.keep()
            return one.size() > size or not one.lines(one.center).missing(everything)

        eventually("a part of the journal", has_grown, 60, [one.receiver])
        trouble()
        one.keep()
    complete(results, one.all_came(everything), everything, "the journal, receiver and sender killed")
    one.end()

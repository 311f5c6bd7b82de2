# SPDX-License-Identifier: Apache-2.0
"""Programs of unpacked packages as processes of a check: on the loopback, with their output in files, and ended by
their ids."""

import glob
import os
import signal
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Packages:
    """Packages of the distribution, unpacked into a directory."""

    def __init__(self, directory, names):
        subprocess.run([os.path.join(HERE, "packages"), directory] + names, check=True)
        self.directory = os.path.abspath(directory)
        folders = [f"{self.directory}{top}/{architecture}{more}" for top in ("/usr/lib", "/lib")
                   for architecture in ("*-linux-gnu",) for more in ("", "/systemd")]
        self.libraries = ":".join(found for folder in folders for found in sorted(glob.glob(folder)))

    def environment(self):
        return dict(os.environ, LD_LIBRARY_PATH=self.libraries, TZ="UTC", LC_ALL="C.UTF-8")

    def file(self, *places):
        """The first of some files that is there."""
        for place in places:
            for found in sorted(glob.glob(f"{self.directory}{place}")):
                return found
        raise SystemExit(f"the packages in {self.directory} have no {places[0]}")

    def program(self, *places):
        """A program, which has all its libraries."""
        found = self.file(*places)
        libraries = subprocess.run(["ldd", found], env=self.environment(), text=True, check=False,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        missing = [line.split()[0] for line in libraries.splitlines() if "not found" in line]
        if missing:
            raise SystemExit(f"{found} needs {', '.join(missing)}: install the packages that have them")
        return found


class Process:
    """A process that is ended with this one."""

    running = []

    def __init__(self, name, command, folder, environment=None, stdin=subprocess.DEVNULL):
        self.name, self.command, self.environment = name, command, environment
        self.log, self.stdin, self.process = os.path.join(folder, f"{name}.log"), stdin, None
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=self.stdin, stdout=log, stderr=log,
                                            env=self.environment)
        Process.running.append(self)

    def alive(self):
        return self.process.poll() is None

    def words(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def send(self, number):
        os.kill(self.process.pid, number)

    def stop(self, number=signal.SIGTERM, seconds=30):
        """Ends the process; returns how."""
        if self.alive():
            self.send(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        status = self.process.wait()
        if self in Process.running:
            Process.running.remove(self)
        return status

    @staticmethod
    def stop_all():
        for process in reversed(list(Process.running)):
            if process.alive():
                # One that was stopped takes its end only when it goes on.
                process.send(signal.SIGCONT)
            process.stop(seconds=5)


def free_ports(count):
    """Ports of the loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def eventually(what, condition, seconds=120, processes=()):
    """Waits until a condition has a true value, and returns that; ends with a message after so many seconds, or when a
    process that is needed has ended."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        for process in processes:
            if not process.alive():
                raise SystemExit(f"{process.name} has ended:\n{process.words()[-2000:]}")
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not within {seconds} s")
        time.sleep(0.1)


def listens(port):
    """Whether somebody takes connections at a port."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Results:
    """What a check finds: each line says what was compared."""

    def __init__(self):
        self.failed = 0

    def expect(self, is_true, what, found=""):
        print(f"{'ok' if is_true else 'FAILED'}: {what}{'' if is_true or found == '' else f': {found}'}", flush=True)
        if not is_true:
            self.failed += 1

    def equal(self, found, expected, what):
        self.expect(found == expected, f"{what}: {expected}", f"found {found}")

# SPDX-License-Identifier: Apache-2.0
"""Namespaces, processes and clocks of bench/run.

Two namespaces joined by a veth pair, or by more: "dut" holds the router under test, "peer" everything
that talks to it. They are made anew for every run, so that no route of an earlier one is left. Only
processes that were started here are ended, by their pid, and those in the namespaces. A signal ends a
program as an exception does, with all that: see Ends.
"""
import contextlib
import os
import signal
import subprocess
import sys
import time

DUT = "vbrd-bench-%d-dut" % os.getpid()
PEER = "vbrd-bench-%d-peer" % os.getpid()
PREFIX_LENGTH = 21


class Line:
    """A veth pair and its addresses."""

    def __init__(self, number=0):
        net = "10.%d." % (99 - number)
        self.device, self.peer_device = "dut%d" % number, "up%d" % number
        self.local, self.there = net + "0.1", net + "0.2"  # the router; the other end
        self.sender, self.block = net + "4.1", net + "4.0/22"  # the load tool's sessions, from this one on
        self.idle = net + "7.254"  # a session that only counts keepalives


LINE = Line()


class Failed(Exception):
    """A run that cannot count; the sentence says why."""


class Ends:
    """SIGINT, SIGTERM and SIGHUP end the program by SystemExit, so that what stands in "finally" is done;
    more of them change nothing then."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    held, came = False, None

    @classmethod
    def by_signals(cls):
        for s in cls.signals:
            if signal.getsignal(s) != signal.SIG_IGN:  # nohup
                signal.signal(s, cls.come)

    @classmethod
    def come(cls, signum, _):
        if cls.held:
            cls.came = signum
            return
        for s in cls.signals:
            signal.signal(s, signal.SIG_IGN)
        sys.exit(128 + signum)

    @classmethod
    @contextlib.contextmanager
    def later(cls):
        """Not between the start of a process and the note of it."""
        cls.held = True
        try:
            yield
        finally:
            cls.held = False
        if cls.came:
            cls.come(cls.came, None)


def sh(*argv, check=True):
    r = subprocess.run(argv, capture_output=True, text=True)
    if check and r.returncode != 0:
        raise Failed("%s: %s" % (" ".join(argv), (r.stderr or r.stdout).strip()))
    return r.stdout


def run_to_end(argv):
    """subprocess.run() would kill it when a signal comes: here it may clean up, too."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
        try:
            out, err = p.communicate()
        except BaseException:
            p.terminate()
            raise
    return subprocess.CompletedProcess(argv, p.returncode, out, err)


class Patience:
    factor = 1  # of waits


def wait_for(what, seconds, ready, step=0.02):
    end = time.monotonic() + seconds * Patience.factor
    while time.monotonic() < end:
        value = ready()
        if value:
            return value
        time.sleep(step)
    raise Failed("%s: not within %d s" % (what, seconds))


def cpu_seconds(pid):
    """By the clock of the process, as clock_getcpuclockid(3) numbers it: ticks are 10 ms."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0.0  # it has ended


def memory_kb(pid, key):
    """VmRSS or VmHWM of a process."""
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return 0


def forget_peak(pid):
    """VmHWM starts again from VmRSS."""
    with open("/proc/%d/clear_refs" % pid, "w") as f:
        f.write("5")


def machine_idle_share():
    with open("/proc/stat") as f:
        v = [int(x) for x in f.readline().split()[1:]]
    return v[3] + v[4], sum(v)


def settle(seconds):
    """The kernel frees the table of a removed namespace in the background: wait until it has."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        idle0, all0 = machine_idle_share()
        time.sleep(0.5)
        idle1, all1 = machine_idle_share()
        if idle1 - idle0 > 0.9 * (all1 - all0):
            return True
    return False


SETTLE_S, QUICK_SETTLE_S = 15, 2  # at most


def remove_namespace(ns):
    """And what may still run there. Was there one?"""
    if not os.path.exists("/run/netns/" + ns):
        return False
    for pid in sh("ip", "netns", "pids", ns, check=False).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    sh("ip", "netns", "del", ns, check=False)
    return True


class Lab:
    def __init__(self, folder, settle_s=SETTLE_S):
        self.folder, self.settle_s = folder, settle_s
        self.procs = []

    def up(self):
        self.down()
        for ns in (DUT, PEER):
            sh("ip", "netns", "add", ns)
            sh("ip", "-n", ns, "link", "set", "lo", "up")
        self.add_line(LINE)

    @staticmethod
    def add_line(line):
        sh("ip", "link", "add", line.device, "netns", DUT, "type", "veth", "peer", "name",
           line.peer_device, "netns", PEER)
        sh("ip", "-n", DUT, "link", "set", line.device, "up")
        sh("ip", "-n", PEER, "link", "set", line.peer_device, "up")
        sh("ip", "-n", PEER, "addr", "add", "%s/%d" % (line.there, PREFIX_LENGTH), "dev",
           line.peer_device)
        sh("ip", "-n", PEER, "route", "add", "local", line.block, "dev", "lo")

    def down(self):
        for p in reversed(self.procs):
            self.end(p)
        self.procs = []
        gone = [ns for ns in (DUT, PEER) if remove_namespace(ns)]
        return settle(self.settle_s) if gone else True

    def spawn(self, ns, *argv, **kw):
        with Ends.later():
            p = subprocess.Popen(["ip", "netns", "exec", ns, *argv], stdin=subprocess.DEVNULL,
                                 cwd=self.folder, start_new_session=True, **kw)
            self.procs.append(p)
        return p

    def daemon(self, log, *argv, env=None):
        with open(os.path.join(self.folder, log), "ab") as f:
            return self.spawn(DUT, *argv, stdout=f, stderr=f, env={**os.environ, **(env or {})})

    @staticmethod
    def end(p, seconds=20):
        if p.poll() is not None:
            return
        p.send_signal(signal.SIGTERM)
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()

# SPDX-License-Identifier: Apache-2.0
"""The routers under test, all given the same work by bench/run.

Each has passive neighbours that send (all is accepted, nothing is told), others that receive (they are
told all, nothing is accepted), and one idle neighbour with a keepalive time of one second. With both=True
the senders receive as well.
"""
import ipaddress
import os
import shutil
import subprocess
import time

from lab import DUT, LINE, PREFIX_LENGTH, Failed, wait_for

LOCAL_AS = 64511  # below those of the senders, however many
SENDER_AS = 64512
RECEIVER_AS = 4200000000
IDLE_AS = 65009
PROTO_BGP = 186
PROTO_BIRD = 12
MAIN_TABLE = 254
VERDICT = {True: "ALLOW", False: "DENY"}


class Load:
    """Who talks to the router: the load tool's sessions, numbered as it numbers them."""

    def __init__(self, senders=1, receivers=1, both=False, line=LINE, hold=180):
        self.senders, self.receivers, self.both = senders, 0 if both else receivers, both
        self.line, self.hold = line, hold

    def peers(self):
        """(name, address, AS, hold time, keepalive, routes are taken from it, are told to it)"""
        first = ipaddress.ip_address(self.line.sender)
        for k in range(self.senders):
            yield "s%d" % k, str(first + k), SENDER_AS + k, self.hold, self.hold // 3, True, self.both
        for k in range(self.receivers):
            yield ("r%d" % k, str(first + self.senders + k), RECEIVER_AS + k, self.hold,
                   self.hold // 3, False, True)
        yield "idle", self.line.idle, IDLE_AS, 3, 1, False, False


class Router:
    """start() with or without a kernel table; then the pids to account, and where the routes are."""
    name = None
    table, proto = MAIN_TABLE, PROTO_BGP
    has_send_hold = False  # RFC 9687

    def __init__(self, lab, options):
        self.lab, self.options, self.procs = lab, options, []

    def path(self, name):
        return os.path.join(self.lab.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), 0o644)
        return self.path(name)

    def fresh_folder(self, name):
        shutil.rmtree(self.path(name), ignore_errors=True)
        os.mkdir(self.path(name))
        os.chmod(self.path(name), 0o777)
        return self.path(name)

    def run(self, *argv, env=None):
        self.procs.append(self.lab.daemon(self.name + ".log", *argv, env=env))

    def pids(self):
        for p in self.procs:
            if p.poll() is not None:
                raise Failed("%s ended with status %d" % (self.name, p.returncode))
        return [p.pid for p in self.procs]

    def kernel_table(self):
        return self.table

    def version(self):
        return ""

    @staticmethod
    def address_by_hand(line=LINE):
        subprocess.run(["ip", "-n", DUT, "addr", "add", "%s/%d" % (line.local, PREFIX_LENGTH),
                        "dev", line.device], check=True)

    def show(self, json):
        """The command line that prints the whole table; None if there is no such form."""
        raise NotImplementedError


VBRD_HEAD = """policy route-map ALLOW
 term 10
  action permit
!
policy route-map DENY
 term 10
  action deny
!
"""
VBRD_LINE = """physical-connection pc-{t}
 interface {line.device}
 bandwidth 10000
!
tenant t{t}
 quota peer 64
 vbr v1
  physical-connection pc-{t}
  vlan-id 0
  ipv4 local-gateway {line.local}
  ipv4 peer-gateway {line.sender}
  ipv4 prefix-length {length}
  bgp
   local-as {asn}
   router-id {line.local}
"""
VBRD_PEER = """   peer %s
    peer-as %d
    passive true
    hold-time %d
    keepalive %d
    route-limit maximum 10000000
    import-policy %s
    export-policy %s
"""


class Vbrd(Router):
    """Always with its kernel table: it has no switch to work without one."""
    name, has_send_hold = "vbrd", True

    def sh(self, *commands):
        argv = [self.options.vbrsh, "--run-dir", self.path("run")]
        for c in commands:
            argv += ["-c", c]
        return subprocess.run(argv, capture_output=True, text=True,
                              env={**os.environ, "VBRD_YANGDIR": self.options.yang})

    def launch(self, conf, *wrap, workers=1):
        state, run = self.fresh_folder("state"), self.fresh_folder("run")
        self.run(*wrap, self.options.vbrd, "-c", conf, "--state-dir", state, "--run-dir", run,
                 "--workers", str(workers), env={"VBRD_YANGDIR": self.options.yang})

    def start(self, fib, load=Load()):
        self.start_tenants([load])

    def start_tenants(self, loads, workers=1):
        """A tenant each, with its own line."""
        text = VBRD_HEAD
        for t, load in enumerate(loads, 1):
            text += VBRD_LINE.format(t=t, line=load.line, length=PREFIX_LENGTH, asn=LOCAL_AS)
            for _, address, asn, hold, keep, takes, told in load.peers():
                text += VBRD_PEER % (address, asn, hold, keep, VERDICT[takes], VERDICT[told])
            text += "!\n"
        self.launch(self.write("vbrd.conf", text), workers=workers)
        wait_for("vbrd's VBRs up", 20, lambda: self.pids() and
                 self.sh("show vbr json").stdout.count('"up"') >= len(loads))

    def kernel_table(self):
        import json
        return json.loads(self.sh("show vbr json").stdout)["vbrs"][0]["kernel-table"]

    def version(self):
        return subprocess.run([self.options.vbrd, "-V"], capture_output=True,
                              text=True).stdout.strip()

    def show(self, json):
        return [self.options.vbrsh, "--run-dir", self.path("run"), "-c",
                "show bgp routes tenant t1 vbr v1 ipv4" + (" json" if json else "")]


class Engine(Router):
    """bgpd/ of vbrd alone: the same sessions, tables and export. Where the others have no kernel table it
    has no fib either; else one that only counts."""
    name, has_send_hold = "vbrd-engine", True

    def start(self, fib, load=Load()):
        self.address_by_hand()
        self.run(self.options.engine, LINE.local, LINE.sender, str(load.senders), str(load.receivers),
                 "1" if fib else "0")


BIRD_FIB = "protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }\n"


class Bird(Router):
    name, proto = "bird", PROTO_BIRD

    def start(self, fib, load=Load()):
        self.start_conf((BIRD_FIB if fib else "") + self.neighbours(load))

    def start_tenants(self, loads):
        """Each with a table of its own, and into none of the kernel's."""
        self.start_conf("".join("ipv4 table t%d;\n" % t + self.neighbours(load, " table t%d;" % t, "t%d" % t)
                                for t, load in enumerate(loads)), [load.line for load in loads])

    @staticmethod
    def neighbours(load, table="", prefix="p"):
        return "".join(
            "protocol bgp %s_%s { local %s as %d; neighbor %s as %d; passive on;\n"
            " hold time %d; keepalive time %d; ipv4 {%s import %s; export %s; }; }\n"
            % (prefix, name, load.line.local, LOCAL_AS, address, asn, hold, keep, table,
               "all" if takes else "none", "all" if told else "none")
            for name, address, asn, hold, keep, takes, told in load.peers())

    def start_conf(self, conf, lines=(LINE,)):
        text = ("router id %s;\nlog \"%s\" all;\nprotocol device {}\n"
                % (LINE.local, self.path("bird.messages"))) + conf
        for line in lines:
            self.address_by_hand(line)
        self.run("/usr/sbin/bird", "-f", "-c", self.write("bird.conf", text), "-s",
                 self.path("bird.ctl"), "-P", self.path("bird.pid"))
        wait_for("bird's socket", 10, lambda: os.path.exists(self.path("bird.ctl")))

    def version(self):
        r = subprocess.run(["/usr/sbin/bird", "--version"], capture_output=True, text=True)
        return (r.stdout + r.stderr).strip()

    def show(self, json):
        return None if json else ["/usr/sbin/birdc", "-s", self.path("bird.ctl"), "show route"]


class Frr(Router):
    name = "frr"
    daemons = "/usr/lib/frr/"

    def start(self, fib, load=Load()):
        # Route-maps first: one that is defined after its use counts as "deny" for five seconds.
        text = ("hostname dut\nlog file %s warnings\nbgp route-map delay-timer 0\n"
                "route-map ALLOW permit 10\nroute-map DENY deny 10\nrouter bgp %d\n bgp router-id %s\n"
                " no bgp ebgp-requires-policy\n no bgp network import-check\n"
                % (self.path("frr.messages"), LOCAL_AS, LINE.local))
        family = " address-family ipv4 unicast\n"
        for _, address, asn, hold, keep, takes, told in load.peers():
            text += (" neighbor {0} remote-as {1}\n neighbor {0} passive\n"
                     " neighbor {0} timers {2} {3}\n neighbor {0} advertisement-interval 0\n"
                     ).format(address, asn, keep, hold)
            family += ("  neighbor {0} activate\n  neighbor {0} route-map {1} in\n"
                       "  neighbor {0} route-map {2} out\n"
                       ).format(address, VERDICT[takes], VERDICT[told])
        text += family + " exit-address-family\n!\n"
        self.address_by_hand()
        self.launch(text, "-l", LINE.local, *([] if fib else ["-n"]))
        time.sleep(2)  # until zebra has told bgpd the interfaces, next hops do not resolve

    def launch(self, conf, *bgpd_options):
        vty = self.fresh_folder("frr")
        common = ["-A", "127.0.0.1", "-u", "frr", "-g", "frr", "--vty_socket", vty, "-z",
                  vty + "/zserv.api"]
        self.run(self.daemons + "zebra", "-f", self.write("zebra.conf", "hostname dut\n"),
                 "-i", vty + "/zebra.pid", *common)
        wait_for("zebra's socket", 10, lambda: os.path.exists(vty + "/zserv.api"))
        self.run(self.daemons + "bgpd", "-f", self.write("bgpd.conf", conf), "-i",
                 vty + "/bgpd.pid", *bgpd_options, *common)
        wait_for("bgpd's socket", 10, lambda: os.path.exists(vty + "/bgpd.vty"))

    def vtysh(self, *arguments):
        return ["/usr/bin/vtysh", "--vty_socket", self.path("frr"), *arguments]

    def version(self):
        r = subprocess.run([self.daemons + "bgpd", "--version"], capture_output=True, text=True)
        return r.stdout.splitlines()[0]

    def show(self, json):
        return self.vtysh("-c", "show bgp ipv4 unicast" + (" json" if json else ""))


ROUTERS = {r.name: r for r in (Vbrd, Engine, Bird, Frr)}

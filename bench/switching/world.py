# SPDX-License-Identifier: Apache-2.0
"""The lab of bench/switch, and the routers under test in it.

                   port-1 --- wan a lan --- to-a
  host eth0 --- vpc0 dut                       site  16.0.0.0/4, every address of it
                   port-2 --- wan b lan --- to-b

N is 1 for a and 2 for b: the line has 10.0.N.0/30, the router's other side 192.168.10N.0/24. Routers a
and b are BIRD whatever is tested, announce the same table, b with a longer path, and speak BFD at
50 ms x 3, by threads of real-time priority: on machines of their own they would not wait for the router
under test. That one runs as it starts by default, and prefers a.
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import lab as benchlab
from lab import Failed, cpu_seconds, sh, wait_for

NAMES = ("host", "dut", "a", "b", "site")
SITE_AS, CLOUD_AS = 65001, 45104
FIRST = 20 << 16  # 20.0.0.0/24 and on
BIRD, BIRDC, FRR = "/usr/sbin/bird", "/usr/sbin/birdc", "/usr/lib/frr/"
BFD_MS, BFD_TIMES = 50, 3


def ns(name):
    return "vbrd-sw-%d-%s" % (os.getpid(), name)


def prefix(i):
    a = FIRST + i
    return "%d.%d.%d.0/24" % (a >> 16, a >> 8 & 255, a & 255)


def targets(routes, n=16):
    """Hosts in prefixes all over the table, the first and the last of it among them."""
    return [prefix(i * (routes - 1) // (n - 1)).replace(".0/24", ".1") for i in range(n)]


class World(benchlab.Lab):
    def up(self):
        self.down()
        for n in NAMES:
            sh("ip", "netns", "add", ns(n))
            sh("ip", "-n", ns(n), "link", "set", "lo", "up")
            for key in ("ip_forward=1", "conf.all.rp_filter=0", "conf.default.rp_filter=0"):
                sh("ip", "netns", "exec", ns(n), "sysctl", "-qw", "net.ipv4." + key)
        self.link("dut", "vpc0", "host", "eth0")
        self.addr("host", "eth0", "172.16.0.10/24")
        sh("ip", "-n", ns("host"), "route", "add", "default", "via", "172.16.0.1")
        for i, r in ((1, "a"), (2, "b")):
            self.link("dut", "port-%d" % i, r, "wan")
            self.link(r, "lan", "site", "to-" + r)
            self.addr(r, "wan", "10.0.%d.2/30" % i)
            self.addr(r, "lan", "192.168.10%d.1/24" % i)
            self.addr("site", "to-" + r, "192.168.10%d.2/24" % i)
            sh("ip", "-n", ns(r), "route", "add", "16.0.0.0/4", "via", "192.168.10%d.2" % i)
            # nobody waits for ARP on the way that is not in use
            mac = self.mac("site", "to-" + r)
            sh("ip", "-n", ns(r), "neigh", "replace", "192.168.10%d.2" % i, "lladdr", mac, "dev", "lan")
        sh("ip", "-n", ns("site"), "route", "add", "local", "16.0.0.0/4", "dev", "lo")

    def down(self):
        for p in reversed(self.procs):
            self.end(p)
        self.procs = []
        gone = [n for n in NAMES if benchlab.remove_namespace(ns(n))]
        return benchlab.settle(benchlab.SETTLE_S) if gone else True

    @staticmethod
    def link(n1, d1, n2, d2):
        sh("ip", "link", "add", d1, "netns", ns(n1), "type", "veth", "peer", "name", d2, "netns", ns(n2))
        for n, d in ((n1, d1), (n2, d2)):
            sh("ip", "-n", ns(n), "link", "set", d, "up")

    @staticmethod
    def addr(n, device, address):
        sh("ip", "-n", ns(n), "addr", "add", address, "dev", device)

    @staticmethod
    def mac(n, device):
        return sh("ip", "-n", ns(n), "-br", "link", "show", device).split()[2]

    def run(self, n, log, *argv, env=None):
        with open(os.path.join(self.folder, log), "ab") as f:
            return self.spawn(ns(n), *argv, stdout=f, stderr=f, env={**os.environ, **(env or {})})

    def check(self):
        for p in self.procs:
            if p.poll() is not None:
                raise Failed("%s ended with status %d" % (" ".join(p.args[4:6]), p.returncode))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o644)
        return path

    # The far ends

    def routers(self, routes):
        table = self.write("table", "".join("route %s blackhole;\n" % prefix(i) for i in range(routes)))
        for i, r in ((1, "a"), (2, "b")):
            text = """router id 10.0.{i}.2;
log "{log}" all;
protocol device {{ scan time 10; }}
protocol bfd {{ interface "wan" {{ min rx interval {ms} ms; min tx interval {ms} ms; multiplier {k}; }}; }}
protocol static table_of_routes {{ ipv4;
include "{table}";
}}
protocol bgp cloud {{ local as {site}; neighbor 10.0.{i}.1 as {cloud}; bfd on; graceful restart off;
 hold time 90; connect delay time 1; connect retry time 1; error wait time 1, 2;
 ipv4 {{ import none; export filter {{ if source != RTS_STATIC then reject; {longer} accept; }}; }}; }}
""".format(i=i, r=r, ms=BFD_MS, k=BFD_TIMES, table=table, site=SITE_AS, cloud=CLOUD_AS,
                log=os.path.join(self.folder, r + ".messages"),
                longer="" if r == "a" else "bgp_path.prepend(%d); bgp_path.prepend(%d);" % (SITE_AS, SITE_AS))
            ctl = os.path.join(self.folder, r + ".ctl")
            self.run(r, r + ".log", BIRD, "-f", "-c", self.write(r + ".conf", text), "-s", ctl, "-P",
                     os.path.join(self.folder, r + ".pid"))
            wait_for("BIRD of router " + r, 60, lambda c=ctl: os.path.exists(c))
            self.first_priority(self.procs[-1].pid)

    @staticmethod
    def first_priority(pid):
        """The far ends stand for machines of their own: their BFD does not wait for our processors."""
        for tid in os.listdir("/proc/%d/task" % pid):
            if int(tid) != pid:
                os.sched_setscheduler(int(tid), os.SCHED_FIFO, os.sched_param(1))

    # Cuts of line a

    def cut(self, how):
        if how == "carrier":
            sh("ip", "-n", ns("a"), "link", "set", "wan", "down")
            return
        rules = self.write("cut.nft", "table netdev cut {\n"
                           " chain in { type filter hook ingress device wan priority 0; drop; }\n"
                           " chain out { type filter hook egress device wan priority 0; drop; }\n}\n")
        sh("ip", "netns", "exec", ns("a"), "nft", "-f", rules)

    def mend(self, how):
        if how == "carrier":
            sh("ip", "-n", ns("a"), "link", "set", "wan", "up")
            sh("ip", "-n", ns("a"), "route", "replace", "10.0.1.0/30", "dev", "wan", check=False)
        else:
            sh("ip", "netns", "exec", ns("a"), "nft", "delete", "table", "netdev", "cut")


# Routers under test

VBRD_HEAD = """policy route-map ALLOW
 term 10
  action permit
!
policy route-map DENY
 term 10
  action deny
!
tenant acme
 vpc prod
  cidr 172.16.0.0/16
  interface vpc0
   address 172.16.0.1/24
!
"""
VBRD_VBR = """physical-connection pc-{i}
 interface port-{i}
 bandwidth 10000
!
tenant acme
 vbr hz-{r}
  physical-connection pc-{i}
  vlan-id 0
  ipv4 local-gateway 10.0.{i}.1
  ipv4 peer-gateway 10.0.{i}.2
  ipv4 prefix-length 30
  bfd min-tx {ms}
  bfd min-rx {ms}
  bfd multiplier {k}
  bgp
   local-as {cloud}
   peer 10.0.{i}.2
    peer-as {site}
    bfd true
    connect-retry 1
    hold-time 90
    keepalive 30
    route-limit maximum 10000000
    import-policy ALLOW
    export-policy DENY
 peering hz-{r}-prod
  initiator vbr hz-{r}
  acceptor vpc prod
  spec Large.1
!
"""


class Router:
    def __init__(self, world, options):
        self.world, self.options, self.procs = world, options, []

    def path(self, name):
        return os.path.join(self.world.folder, name)

    def run(self, *argv, env=None):
        self.procs.append(self.world.run("dut", self.name + ".log", *argv, env=env))

    def addresses(self):
        for d, a in (("vpc0", "172.16.0.1/24"), ("port-1", "10.0.1.1/30"), ("port-2", "10.0.2.1/30")):
            self.world.addr("dut", d, a)

    def cpu(self):
        self.world.check()
        return sum(cpu_seconds(p.pid) for p in self.procs)

    def fresh_folder(self, name):
        subprocess.run(["rm", "-rf", self.path(name)], check=True)
        os.mkdir(self.path(name))
        os.chmod(self.path(name), 0o777)
        return self.path(name)


class Vbrd(Router):
    name = "vbrd"

    def start(self):
        text = VBRD_HEAD
        for i, r in ((1, "a"), (2, "b")):
            text += VBRD_VBR.format(i=i, r=r, ms=BFD_MS, k=BFD_TIMES, cloud=CLOUD_AS, site=SITE_AS)
        conf = self.world.write("vbrd.conf", text)
        state, run = self.fresh_folder("state"), self.fresh_folder("run")
        self.run(self.options.vbrd, "-c", conf, "--state-dir", state, "--run-dir", run,
                 env={"VBRD_YANGDIR": self.options.yang})

    def version(self):
        return subprocess.run([self.options.vbrd, "-V"], capture_output=True, text=True).stdout.strip()


class Bird(Router):
    name = "bird"

    def start(self):
        self.addresses()
        text = """router id 10.0.1.1;
log "{log}" all;
protocol device {{ scan time 10; }}
protocol direct {{ ipv4; }}
protocol kernel {{ ipv4 {{ import none; export where source = RTS_BGP; }}; }}
protocol bfd {{ interface "port-*" {{ min rx interval {ms} ms; min tx interval {ms} ms; multiplier {k}; }}; }}
""".format(log=self.path("bird.messages"), ms=BFD_MS, k=BFD_TIMES)
        for i in (1, 2):
            text += ("protocol bgp p%d { local 10.0.%d.1 as %d; neighbor 10.0.%d.2 as %d; bfd on;\n"
                     " graceful restart off; hold time 90; connect delay time 1; connect retry time 1;\n"
                     " error wait time 1, 2; ipv4 { import all; export none; }; }\n"
                     % (i, i, CLOUD_AS, i, SITE_AS))
        self.run(BIRD, "-f", "-c", self.world.write("bird.conf", text), "-s", self.path("bird.ctl"), "-P",
                 self.path("bird.pid"))

    def version(self):
        r = subprocess.run([BIRD, "--version"], capture_output=True, text=True)
        return (r.stdout + r.stderr).strip()


class Frr(Router):
    name = "frr"

    def start(self):
        self.addresses()
        text = ("hostname dut\nlog file %s warnings\nbgp route-map delay-timer 0\n"
                "route-map ALLOW permit 10\nroute-map DENY deny 10\nrouter bgp %d\n bgp router-id 10.0.1.1\n"
                " no bgp ebgp-requires-policy\n" % (self.path("frr.messages"), CLOUD_AS))
        family = " address-family ipv4 unicast\n"
        for i in (1, 2):
            text += (" neighbor {0} remote-as {1}\n neighbor {0} timers 30 90\n"
                     " neighbor {0} timers connect 1\n neighbor {0} advertisement-interval 0\n"
                     " neighbor {0} bfd {3} {2} {2}\n"
                     ).format("10.0.%d.2" % i, SITE_AS, BFD_MS, BFD_TIMES)
            family += ("  neighbor {0} activate\n  neighbor {0} route-map ALLOW in\n"
                       "  neighbor {0} route-map DENY out\n").format("10.0.%d.2" % i)
        text += family + " exit-address-family\n!\n"
        vty = self.fresh_folder("frr")
        common = ["-A", "127.0.0.1", "-u", "frr", "-g", "frr", "--vty_socket", vty, "-z", vty + "/zserv.api"]
        self.run(FRR + "zebra", "-f", self.world.write("zebra.conf", "hostname dut\n"), "-i",
                 vty + "/zebra.pid", *common)
        wait_for("zebra's socket", 10, lambda: os.path.exists(vty + "/zserv.api"))
        self.run(FRR + "bfdd", "-f", self.world.write("bfdd.conf", "hostname dut\n"), "-i",
                 vty + "/bfdd.pid", "--bfdctl", vty + "/bfdd.sock", *common)
        wait_for("bfdd's socket", 10, lambda: os.path.exists(vty + "/bfdd.vty"))
        time.sleep(2)  # until zebra has told the interfaces, next hops do not resolve
        self.run(FRR + "bgpd", "-f", self.world.write("bgpd.conf", text), "-i", vty + "/bgpd.pid", *common)
        wait_for("bgpd's socket", 10, lambda: os.path.exists(vty + "/bgpd.vty"))

    def version(self):
        r = subprocess.run([FRR + "bgpd", "--version"], capture_output=True, text=True)
        return r.stdout.splitlines()[0]


ROUTERS = {r.name: r for r in (Vbrd, Bird, Frr)}

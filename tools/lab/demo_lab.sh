# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The lab of ./demo: who stands where, and every configuration. Sourced after lab.sh, routers.sh.
#
#   acme-host ─┬─ idc-a (BIRD) ── port-a ┐      ┌ vpc-acme ─── acme-vpc
#              └─ idc-b (FRR) ─── port-b ┤ edge ┤
#   globex-host ─ idc-g (BIRD) ── port-g ┘      └ vpc-globex ─ globex-vpc
#
# Both tenants use the same addresses: link 10.0.0.0/30, data centre 192.168.10.0/24 in AS 65001, VPC
# 172.16.0.0/16 with a host 172.16.1.10. Only 172.16.1.20 (acme) and 172.16.1.30 (globex)
# differ. acme's second router stands on 10.0.0.4/30.
#
# isp (BIRD), AS 64500, gives the Internet's table to the data centres' routers, as a carrier would:
# all of it to acme's, a sixth to globex's. These pass it on to the edge. So each router has one
# source, whatever it is made by, and the paths look as they do in practice.
#
# acme-host follows its two routers by BGP, as a router in a data centre's core does; so does its traffic
# when one of them stops. idc-b prepends its AS, hence all prefer idc-a.

DEMO_PREFIXES=${VBRD_DEMO_PREFIXES:-120000}
DEMO_GLOBEX_PREFIXES=$((DEMO_PREFIXES / 6))
DEMO_LEAKS=3 # announced by idc-a by mistake; the safety filter of the edge refuses them

demo_namespaces() {
	lab_ns edge isp idc-a idc-b idc-g acme-host globex-host acme-vpc globex-vpc &&
		lab_router isp idc-a idc-b idc-g
}

demo_cables() {
	lab_link edge port-a idc-a wan && lab_addr idc-a wan 10.0.0.2/30 &&
		lab_link edge port-b idc-b wan && lab_addr idc-b wan 10.0.0.6/30 &&
		lab_link edge port-g idc-g wan && lab_addr idc-g wan 10.0.0.2/30 &&
		lab_link edge vpc-acme acme-vpc eth0 &&
		lab_addr acme-vpc eth0 172.16.1.10/24 172.16.1.20/24 &&
		lab_link edge vpc-globex globex-vpc eth0 &&
		lab_addr globex-vpc eth0 172.16.1.10/24 172.16.1.30/24 &&
		lab_route acme-vpc default via 172.16.1.1 &&
		lab_route globex-vpc default via 172.16.1.1 &&
		demo_data_centres && demo_carrier
}

demo_data_centres() {
	lab_link acme-host to-a idc-a lan && lab_addr idc-a lan 192.168.10.2/24 &&
		lab_link acme-host to-b idc-b lan && lab_addr idc-b lan 192.168.10.3/24 &&
		lab_switch acme-host to-a to-b && lab_addr acme-host br0 192.168.10.10/24 &&
		lab_link globex-host eth0 idc-g lan && lab_addr idc-g lan 192.168.10.2/24 &&
		lab_addr globex-host eth0 192.168.10.10/24 &&
		lab_route globex-host default via 192.168.10.2
}

demo_carrier() {
	local x n=1

	for x in idc-a idc-b idc-g; do
		lab_link isp "$x" "$x" isp && lab_addr isp "$x" 203.0.113.$n/30 &&
			lab_addr "$x" isp 203.0.113.$((n + 1))/30 || return 1
		n=$((n + 4))
	done
}

# demo_table [FILE]: the tables of the isp, from a list or made.
demo_table() {
	local d=$LAB_DIR/table without="--without-as 45104 --without-as 65001 --without-as 64500"

	mkdir -p "$d"
	# shellcheck disable=SC2086 # several words
	"$LAB_PYTHON" "$LAB_HERE/table.py" ${1:+--from "$1"} --count "$DEMO_PREFIXES" $without \
		>"$d/all.list" || return 1
	"$LAB_PYTHON" "$LAB_HERE/table.py" --from "$d/all.list" --count "$DEMO_PREFIXES" \
		--format bird >"$d/all.conf" &&
		"$LAB_PYTHON" "$LAB_HERE/table.py" --from "$d/all.list" \
			--count "$DEMO_GLOBEX_PREFIXES" --format bird >"$d/part.conf"
}

demo_config_isp() {
	cat <<-END
		router id 203.0.113.1;
		protocol device {}
		ipv4 table part;
		protocol static world {
			ipv4;
			include "$LAB_DIR/table/all.conf";
		}
		protocol static fraction {
			ipv4 { table part; };
			include "$LAB_DIR/table/part.conf";
		}
		template bgp customer { local as 64500; connect delay time 1; connect retry time 1; }
		protocol bgp a from customer {
			neighbor 203.0.113.2 as 65001;
			ipv4 { import none; export all; };
		}
		protocol bgp b from customer {
			neighbor 203.0.113.6 as 65001;
			ipv4 { import none; export all; };
		}
		protocol bgp g from customer {
			neighbor 203.0.113.10 as 65001;
			ipv4 { table part; import none; export all; };
		}
	END
}

# What all of them share: only routes of the edge go into the kernel of a data centre's router.
# demo_config_bird EXPORTED ISP PASSWORD
demo_config_bird() {
	cat <<-END
		router id 10.0.0.2;
		protocol device {}
		protocol direct { ipv4; interface "lan"; }
		protocol kernel { ipv4 { import none; export where proto = "edge"; }; }
		protocol bgp edge {
			local 10.0.0.2 as 65001; neighbor 10.0.0.1 as 45104;
			connect delay time 1; connect retry time 1; error wait time 1, 5; hold time 30;
			password "$3";
			ipv4 { import all; export where $1; };
		}
		protocol bgp isp {
			local as 65001; neighbor $2 as 64500; connect delay time 1; connect retry time 1;
			ipv4 { import all; export none; };
		}
	END
}

demo_config_idc_a() {
	demo_config_bird 'source = RTS_BGP || source = RTS_DEVICE || proto = "mistakes"' \
		203.0.113.1 demo-a
	cat <<-END
		# A default route, shared address space, a part of the VPC: what must not get through.
		protocol static mistakes {
			ipv4;
			route 0.0.0.0/0 unreachable;
			route 100.64.0.0/10 unreachable;
			route 172.16.99.0/24 unreachable;
		}
		protocol bgp host {
			local 192.168.10.2 as 65001; neighbor 192.168.10.10 as 65001;
			connect delay time 1; connect retry time 1;
			ipv4 { import none; export where proto = "edge"; next hop self; };
		}
	END
}

demo_config_idc_b() {
	cat <<-END
		frr defaults traditional
		hostname idc-b
		log stdout
		ip prefix-list CLOUD permit 172.16.0.0/16
		route-map CLOUD permit 10
		 match ip address prefix-list CLOUD
		route-map NOTHING deny 10
		route-map SECOND deny 10
		 match ip address prefix-list CLOUD
		route-map SECOND permit 20
		 set as-path prepend 65001 65001
		router bgp 65001
		 bgp router-id 10.0.0.6
		 no bgp ebgp-requires-policy
		 neighbor 10.0.0.5 remote-as 45104
		 neighbor 10.0.0.5 password demo-b
		 neighbor 10.0.0.5 timers 10 30
		 neighbor 10.0.0.5 timers connect 1
		 neighbor 203.0.113.5 remote-as 64500
		 neighbor 203.0.113.5 timers connect 1
		 neighbor 192.168.10.10 remote-as 65001
		 neighbor 192.168.10.10 timers connect 1
		 address-family ipv4 unicast
		  network 192.168.10.0/24
		  table-map CLOUD
		  neighbor 10.0.0.5 route-map SECOND out
		  neighbor 203.0.113.5 route-map NOTHING out
		  neighbor 192.168.10.10 route-map CLOUD out
		  neighbor 192.168.10.10 next-hop-self
		 exit-address-family
	END
}

demo_config_idc_g() {
	demo_config_bird 'source = RTS_BGP || source = RTS_DEVICE' 203.0.113.9 demo-g
}

demo_config_host() {
	cat <<-END
		router id 192.168.10.10;
		protocol device {}
		protocol kernel { ipv4 { import none; export all; }; }
		template bgp core {
			local 192.168.10.10 as 65001;
			direct; connect delay time 1; connect retry time 1; error wait time 1, 5;
		}
		protocol bgp a from core {
			neighbor 192.168.10.2 as 65001;
			ipv4 { import filter { bgp_local_pref = 200; accept; }; export none; };
		}
		protocol bgp b from core {
			neighbor 192.168.10.3 as 65001;
			ipv4 { import all; export none; };
		}
	END
}

# demo_config_vbr NAME PORT LAST-OCTET-OF-EDGE PASSWORD
demo_config_vbr() {
	cat <<-END
		 vbr $1
		  physical-connection $2
		  vlan-id 0
		  ipv4 local-gateway 10.0.0.$3
		  ipv4 peer-gateway 10.0.0.$(($3 + 1))
		  ipv4 prefix-length 30
		  bgp
		   peer 10.0.0.$(($3 + 1))
		    peer-as 65001
		    connect-retry 2
		    route-limit maximum 2000000
		    password $4
		 peering $1-prod
		  initiator vbr $1
		  acceptor vpc prod
		  spec Large.1
	END
}

demo_config_tenant() {
	cat <<-END
		tenant $1
		 vpc prod
		  cidr 172.16.0.0/16
		  interface vpc-$1
		   address 172.16.1.1/24
	END
}

demo_config_edge() {
	cat <<-END
		system hostname edge
		system router-id 192.0.2.1
		physical-connection port-a
		 interface port-a
		!
		physical-connection port-b
		 interface port-b
		!
		physical-connection port-g
		 interface port-g
		!
	END
	demo_config_tenant acme
	demo_config_vbr hz-a port-a 1 demo-a
	demo_config_vbr hz-b port-b 5 demo-b
	echo "!"
	demo_config_tenant globex
	demo_config_vbr hz-g port-g 1 demo-g
	echo "!"
}

# Routers first, so that the edge finds them.
demo_routers() {
	demo_config_isp | lab_bird isp &&
		demo_config_idc_a | lab_bird idc-a &&
		demo_config_idc_b | lab_frr idc-b &&
		demo_config_idc_g | lab_bird idc-g &&
		demo_config_host | lab_bird acme-host
}

demo_services() {
	local x

	for x in acme globex; do
		lab_spawn "$x-vpc" "$x-vpc-service" "$LAB_PYTHON" "$LAB_HERE/answer.py" serve "$x-vpc"
		lab_spawn "$x-host" "$x-host-service" "$LAB_PYTHON" "$LAB_HERE/answer.py" \
			serve "$x-host"
	done
}

# Have the data centres' routers got the table of the isp?
demo_routers_full() {
	[ "$(demo_bird_routes idc-a)" -ge "$DEMO_PREFIXES" ] &&
		[ "$(demo_bird_routes idc-g)" -ge "$DEMO_GLOBEX_PREFIXES" ] &&
		[ "$(lab_vtysh idc-b 'show bgp ipv4 unicast summary json' |
			lab_json "d['peers']['203.0.113.5']['pfxRcd']")" -ge "$DEMO_PREFIXES" ]
}

demo_bird_routes() {
	lab_birdc "$1-bird" show route count protocol isp | awk '/ of / { print $1; exit }'
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VLAN and VRF devices. Kernels without them skip; vm_link.sh runs the same program in a kernel
 * that has both.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fib/link/link.h"
#include "tests/cu_main.h"
#include "tests/fib/link/lab.h"

static bool start_with(struct lab *lab, enum link_mode mode, const char *probe, const char *reason)
{
	if (!lab_start(lab, mode))
		return false;
	if (lab_sh("ip link add q0 type veth peer name q1 && %s 2>/dev/null", probe) != 0) {
		lab_stop(lab);
		cu_skip(reason);
		return false;
	}
	CU_ASSERT_EQUAL(lab_sh("ip link del q0; ip link del q2 2>/dev/null; true"), 0);
	return true;
}

static bool start_vlan(struct lab *lab, enum link_mode mode)
{
	return start_with(lab, mode, "ip link add link q0 name q2 type vlan id 5",
		"this kernel has no VLAN devices");
}

static bool start_vrf(struct lab *lab)
{
	return start_with(lab, LINK_MODE_VRF, "ip link add q2 type vrf table 5",
		"this kernel has no VRF devices");
}

static struct link_want make_vlan(const char *name, uint16_t id, uint32_t table)
{
	struct link_want w = lab_made(name, LINK_KIND_VLAN, table);

	memcpy(w.parent, "trunk", 6);
	w.vlan_id = id;
	return w;
}

static void vlan_follows_its_parent(void)
{
	struct link_want w = make_vlan("trunk.5", 5, 101);
	struct lab lab;

	if (!start_vlan(&lab, LINK_MODE_RULES))
		return;
	lab_add_addr(&w, "192.0.2.1", 30);
	linkplane_want(lab.plane, &w);
	CU_ASSERT_PTR_NOT_NULL(strstr(lab_status(&lab, "trunk.5").error, "does not exist yet"));
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(lab_sh("ip link add trunk type veth peer name far && "
				       "ip link set trunk up && ip link set far up"),
			0);
		CU_ASSERT_TRUE(lab_status(&lab, "trunk.5").in_step);
		CU_ASSERT_TRUE(lab_status(&lab, "trunk.5").up);
		CU_ASSERT_EQUAL(lab_sh("ip -d link show dev trunk.5 | grep -q 'vlan.*id 5' && "
				       "ip addr show dev trunk.5 | grep -q 192.0.2.1/30"),
			0);
		CU_ASSERT_EQUAL(lab_sh("ip link del trunk"), 0);
		CU_ASSERT_FALSE(lab_status(&lab, "trunk.5").present);
	}
	lab_stop(&lab);
}

static void vlan_of_another_id_takes_its_place(void)
{
	struct link_want w = make_vlan("v", 5, 0);
	struct lab lab;

	if (!start_vlan(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh("ip link add trunk type veth peer name far && "
			       "ip link set trunk up && ip link set far up"),
		0);
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "v").in_step);
	w.vlan_id = 6;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "v").in_step);
	CU_ASSERT_EQUAL(lab_sh("ip -d link show dev v | grep -q 'vlan.*id 6'"), 0);
	linkplane_unwant(lab.plane, "v");
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_sh("ip link show | grep 'v@'"), 1);
	lab_stop(&lab);
}

static void vlan_that_the_kernel_refuses_is_told(void)
{
	struct link_want w = make_vlan("v", 5, 0);
	struct lab lab;

	if (!start_vlan(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh("ip link add trunk type veth peer name far && "
			       "ip link add link trunk name other type vlan id 5"),
		0);
	linkplane_want(lab.plane, &w);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(lab_status(&lab, "v").error, "cannot create VLAN 5 on trunk: "));
	CU_ASSERT_EQUAL(lab_sh("ip link show dev other | grep -q 'other@trunk'"), 0);
	lab_stop(&lab);
}

static void kernel_is_asked_for_vrf(void)
{
	struct lab lab;

	if (!start_vrf(&lab))
		return;
	CU_ASSERT_TRUE(link_kernel_has_vrf());
	CU_ASSERT_EQUAL(lab_sh("ip link show | grep vbrd-probe"), 1);
	lab_stop(&lab);
}

/* Two tenants with equal addresses: the kernel answers in the right instance. */
static void vrf_separates_equal_addresses(void)
{
	struct link_want p1 = lab_port("p1", 1001, "169.254.9.1", 30);
	const struct link_want p2 = lab_port("p2", 1002, "169.254.9.1", 30);
	const struct link_want v1 = lab_made("vrf1", LINK_KIND_VRF, 1001);
	const struct link_want v2 = lab_made("vrf2", LINK_KIND_VRF, 1002);
	struct lab lab;
	pid_t c1;
	pid_t c2;

	if (!start_vrf(&lab))
		return;
	c1 = lab_customer(&lab, "p1", "169.254.9.2/30", "169.254.9.1");
	c2 = lab_customer(&lab, "p2", "169.254.9.2/30", "169.254.9.1");
	lab_add_addr(&p1, "2001:db8::1", 64);
	linkplane_want(lab.plane, &p1);
	linkplane_want(lab.plane, &p2);
	CU_ASSERT_PTR_NOT_NULL(strstr(lab_status(&lab, "p1").error, "VRF device of table 1001"));
	linkplane_want(lab.plane, &v1);
	linkplane_want(lab.plane, &v2);
	linkplane_sweep(lab.plane);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 0);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q 'master vrf1' && "
			       "ip addr show dev p1 | grep -q 2001:db8::1/64 && "
			       "ip rule | grep -q l3mdev && ip -6 rule | grep -q l3mdev"),
		0);
	CU_ASSERT_EQUAL(lab_sh("ip route add 169.254.9.0/30 dev p1 table 1001 && "
			       "ip route add 169.254.9.0/30 dev p2 table 1002"),
		0);
	CU_ASSERT_TRUE(lab_ping(c1, "169.254.9.1"));
	CU_ASSERT_TRUE(lab_ping(c2, "169.254.9.1"));
	CU_ASSERT_EQUAL(lab_sh("ip rule del pref 1000"), 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep -q l3mdev"), 0);
	linkplane_withdraw_all(lab.plane);
	CU_ASSERT_EQUAL(lab_sh("ip link show | grep -E 'vrf[12]'"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -E '169.254|2001:db8|master'"), 1);
	lab_stop(&lab);
}

static void member_moves_to_another_vrf_with_its_addresses(void)
{
	struct link_want w = lab_port("p1", 1001, "192.0.2.1", 24);
	const struct link_want v1 = lab_made("vrf1", LINK_KIND_VRF, 1001);
	const struct link_want v2 = lab_made("vrf2", LINK_KIND_VRF, 1002);
	struct lab lab;

	if (!start_vrf(&lab))
		return;
	CU_ASSERT_EQUAL(lab_sh("ip link add p1 type veth peer name p1x"), 0);
	lab_add_addr(&w, "2001:db8::1", 64);
	linkplane_want(lab.plane, &v1);
	linkplane_want(lab.plane, &v2);
	linkplane_want(lab.plane, &w);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 0);
	w.table = 1002;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q 'master vrf2' && "
			       "ip addr show dev p1 | grep -q 2001:db8::1/64"),
		0);
	/* The instance vanishes under it, and comes back with the member in it. */
	CU_ASSERT_EQUAL(lab_sh("ip link del vrf2"), 0);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q 'master vrf2' && "
			       "ip addr show dev p1 | grep -q 2001:db8::1/64"),
		0);
	w.table = 0;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("ip link show dev p1 | grep master"), 1);
	lab_stop(&lab);
}

static void vrf_of_another_table_takes_its_place(void)
{
	struct link_want w = lab_port("p1", 1001, "192.0.2.1", 24);
	struct link_want v = lab_made("vrf1", LINK_KIND_VRF, 1001);
	struct lab lab;

	if (!start_vrf(&lab))
		return;
	CU_ASSERT_EQUAL(lab_sh("ip link add p1 type veth peer name p1x"), 0);
	linkplane_want(lab.plane, &v);
	linkplane_want(lab.plane, &w);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 0);
	v.table = 1003;
	w.table = 1003;
	linkplane_want(lab.plane, &v);
	linkplane_want(lab.plane, &w);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 0);
	CU_ASSERT_EQUAL(lab_sh("ip -d link show dev vrf1 | grep -q 'vrf table 1003' && "
			       "ip link show dev p1 | grep -q 'master vrf1'"),
		0);
	lab_stop(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(vlan_follows_its_parent),
	CU_CASE(vlan_of_another_id_takes_its_place),
	CU_CASE(vlan_that_the_kernel_refuses_is_told),
	CU_CASE(kernel_is_asked_for_vrf),
	CU_CASE(vrf_separates_equal_addresses),
	CU_CASE(member_moves_to_another_vrf_with_its_addresses),
	CU_CASE(vrf_of_another_table_takes_its_place),
};

CU_SUITE(instances, cases);

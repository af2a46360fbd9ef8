/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sorted arrays against a naive set, what a copy shares, effective values, consent.
 */
#include <stdio.h>
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

#define N_TENANTS 5
#define N_NAMES   7
#define N_STEPS   4000

/* Naive: every possible key has a cell, which holds the object that was put last. */
struct naive {
	const struct model_obj *at[N_TENANTS][N_NAMES][2];
};

static void tenant_name(char *dst, uint32_t t)
{
	snprintf(dst, 8, "t%u", t);
}

static void compare_all(const struct model *m, const struct naive *nv)
{
	uint32_t total = 0;

	for (uint32_t t = 0; t < N_TENANTS; t++) {
		uint32_t in_tenant = 0;
		uint32_t first;
		uint32_t end;
		char tenant[8];

		tenant_name(tenant, t);
		for (uint32_t i = 0; i < 2 * N_NAMES; i++) {
			char name[8];

			snprintf(name, sizeof(name), "n%u", i / 2);
			CU_ASSERT_PTR_EQUAL(model_get(m, MODEL_ACCEPT, tenant, name,
						    i % 2 == 0 ? "x" : "y"),
				nv->at[t][i / 2][i % 2]);
			in_tenant += nv->at[t][i / 2][i % 2] != NULL;
		}
		model_range(m, MODEL_ACCEPT, tenant, &first, &end);
		CU_ASSERT_EQUAL(end - first, in_tenant);
		CU_ASSERT_EQUAL(first, total);
		total += in_tenant;
	}
	CU_ASSERT_EQUAL(m->of[MODEL_ACCEPT].n, total);
}

static void random_puts_and_deletes_agree_with_a_naive_set(void)
{
	struct naive nv = { 0 };
	struct model *m = model_new();

	for (uint32_t i = 0; i < N_STEPS; i++) {
		uint32_t t = cu_random_below(N_TENANTS);
		uint32_t n = cu_random_below(N_NAMES);
		uint32_t k = cu_random_below(2);
		char tenant[8];
		char name[8];

		tenant_name(tenant, t);
		snprintf(name, sizeof(name), "n%u", n);
		if (cu_random_below(3) > 0) {
			struct model_obj *o = model_obj_new(MODEL_ACCEPT, tenant, name,
				k == 0 ? "x" : "y");

			model_put(m, o);
			nv.at[t][n][k] = o;
		} else {
			model_del(m, MODEL_ACCEPT, tenant, name, k == 0 ? "x" : "y");
			nv.at[t][n][k] = NULL;
		}
		if (i % 50 == 0)
			compare_all(m, &nv);
	}
	compare_all(m, &nv);
	model_free(m);
}

static void a_copy_shares_the_objects_and_goes_its_own_way(void)
{
	struct model *m = kit_new();
	struct model *c = model_copy(m);
	const struct model_vbr *v = model_vbr(m, "acme", "hz-a");

	CU_ASSERT_PTR_EQUAL(model_vbr(c, "acme", "hz-a"), v);
	CU_ASSERT_EQUAL(v->obj.refs, 2);
	model_del(m, MODEL_VBR, "acme", "hz-a", "");
	CU_ASSERT_PTR_NULL(model_vbr(m, "acme", "hz-a"));
	CU_ASSERT_PTR_EQUAL(model_vbr(c, "acme", "hz-a"), v);
	CU_ASSERT_EQUAL(v->obj.refs, 1);
	model_free(m);
	CU_ASSERT_EQUAL(v->circuits[0].vlan_id, 100);
	model_free(c);
}

static void a_put_over_an_object_drops_only_the_models_reference(void)
{
	struct model *m = kit_new();
	struct model_obj *old = model_obj_ref(&kit_hz_a(m)->obj);

	kit_vbr(m, "acme", "hz-a", "pc-2", 7);
	CU_ASSERT_EQUAL(m->of[MODEL_VBR].n, 2);
	CU_ASSERT_EQUAL(model_vbr(m, "acme", "hz-a")->circuits[0].vlan_id, 7);
	CU_ASSERT_EQUAL(old->refs, 1);
	CU_ASSERT_EQUAL(((struct model_vbr *)old)->circuits[0].vlan_id, 100);
	model_obj_unref(old);
	model_free(m);
}

static void a_new_model_has_a_system_with_the_built_in_values(void)
{
	struct model *m = model_new();

	CU_ASSERT_EQUAL(model_system(m)->default_local_as, 45104);
	CU_ASSERT_EQUAL(model_system(m)->table_base, 10000);
	model_free(m);
	model_free(NULL);
	model_obj_unref(NULL);
}

static void names_that_do_not_exist_are_not_found(void)
{
	struct model *m = kit_new();

	CU_ASSERT_PTR_NULL(model_vbr(m, "acme", "hz-g"));
	CU_ASSERT_PTR_NULL(model_vbr(m, "nobody", "hz-a"));
	CU_ASSERT_PTR_NULL(model_vpc(m, "acme", "pro"));
	CU_ASSERT_PTR_NULL(model_peering(m, "globex", "hz-a-prod"));
	CU_ASSERT_PTR_NULL(model_tenant(m, "acm"));
	CU_ASSERT_PTR_NULL(model_physconn(m, "pc-3"));
	model_del(m, MODEL_VBR, "acme", "zzz", "");
	CU_ASSERT_EQUAL(m->of[MODEL_VBR].n, 2);
	model_free(m);
}

static void the_local_as_of_a_vbr_falls_back_to_the_systems(void)
{
	struct model *m = kit_new();
	struct model_vbr *v = kit_hz_a(m);

	CU_ASSERT_EQUAL(model_vbr_local_as(m, v), 45104);
	v->local_as = 64900;
	CU_ASSERT_EQUAL(model_vbr_local_as(m, v), 64900);
	model_free(m);
}

static void the_router_id_is_own_then_the_systems_then_the_gateway(void)
{
	struct model *m = kit_new();
	struct model_vbr *v = kit_hz_a(m);

	CU_ASSERT_EQUAL(model_vbr_router_id(m, v), 0x0a000001);
	((struct model_system *)m->of[MODEL_SYSTEM].v[0])->router_id = 0x01010101;
	CU_ASSERT_EQUAL(model_vbr_router_id(m, v), 0x01010101);
	v->router_id = 0x02020202;
	CU_ASSERT_EQUAL(model_vbr_router_id(m, v), 0x02020202);
	model_free(m);
}

static void the_device_of_a_vbr_is_its_port_or_a_vlan_of_it(void)
{
	struct model *m = kit_new();
	struct model_vbr *v = kit_hz_a(m);
	char dev[MODEL_DEVICE_SIZE];
	char other[MODEL_DEVICE_SIZE];

	CU_ASSERT_STRING_EQUAL(model_circuit_device(m, &v->circuits[0], dev), "eth1.100");
	v->circuits[0].vlan_id = 0;
	CU_ASSERT_STRING_EQUAL(model_circuit_device(m, &v->circuits[0], dev), "eth1");
	kit_physconn(m, "long-1", "enp129s0f0np0xy");
	kit_physconn(m, "long-2", "enp129s0f0np0xz");
	v->circuits[0].vlan_id = 2999;
	snprintf(v->circuits[0].physconn, sizeof(v->circuits[0].physconn), "long-1");
	model_circuit_device(m, &v->circuits[0], dev);
	CU_ASSERT(strlen(dev) < MODEL_DEVICE_SIZE);
	CU_ASSERT_STRING_EQUAL(dev + strlen(dev) - 5, ".2999");
	snprintf(v->circuits[0].physconn, sizeof(v->circuits[0].physconn), "long-2");
	CU_ASSERT_STRING_NOT_EQUAL(model_circuit_device(m, &v->circuits[0], other), dev);
	snprintf(v->circuits[0].physconn, sizeof(v->circuits[0].physconn), "gone");
	CU_ASSERT_STRING_EQUAL(model_circuit_device(m, &v->circuits[0], dev), "");
	model_free(m);
}

static void inside_a_tenant_consent_is_given(void)
{
	struct model *m = kit_new();

	CU_ASSERT_TRUE(model_peering_has_consent(m, model_peering(m, "acme", "hz-a-prod")));
	CU_ASSERT_TRUE(model_peering_has_ends(m, model_peering(m, "acme", "hz-a-prod")));
	model_free(m);
}

static void another_tenant_consents_by_name_initiator_and_vpc(void)
{
	struct model *m = kit_new();
	struct model_peering *p = kit_peering(m, "acme", "to-globex", kit_end_vbr("acme", "hz-a"),
		kit_end_vpc("globex", "prod"));
	struct model_accept *a;

	CU_ASSERT_FALSE(model_peering_has_consent(m, p));
	kit_accept(m, "globex", "initech", "to-globex", "prod");
	kit_accept(m, "acme", "acme", "to-globex", "prod");
	kit_accept(m, "globex", "acme", "other", "prod");
	CU_ASSERT_FALSE(model_peering_has_consent(m, p));
	a = kit_accept(m, "globex", "acme", "to-globex", "test");
	CU_ASSERT_FALSE(model_peering_has_consent(m, p));
	snprintf(a->vpc, sizeof(a->vpc), "prod");
	CU_ASSERT_TRUE(model_peering_has_consent(m, p));
	p->acceptor.is_vbr = true;
	CU_ASSERT_FALSE(model_peering_has_consent(m, p));
	model_free(m);
}

static void a_peering_lacks_an_end_that_was_deleted(void)
{
	struct model *m = kit_new();

	model_del(m, MODEL_VPC, "acme", "prod", "");
	CU_ASSERT_FALSE(model_peering_has_ends(m, model_peering(m, "acme", "hz-a-prod")));
	model_free(m);
}

static void specs_are_class_times_digit(void)
{
	static const struct {
		const char *spec;
		uint64_t mbps;
	} rows[] = {
		{ "Mini.2", 2 },
		{ "Mini.5", 5 },
		{ "Small.1", 10 },
		{ "Small.5", 50 },
		{ "Middle.1", 100 },
		{ "Middle.5", 500 },
		{ "Large.1", 1000 },
		{ "Large.5", 5000 },
		{ "Xlarge.1", 10000 },
		{ "Xlarge.2", 0 },
		{ "mini.2", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(model_spec_bps(rows[i].spec), rows[i].mbps * 1000000);
}

static const struct cu_case cases[] = {
	CU_CASE(random_puts_and_deletes_agree_with_a_naive_set),
	CU_CASE(a_copy_shares_the_objects_and_goes_its_own_way),
	CU_CASE(a_put_over_an_object_drops_only_the_models_reference),
	CU_CASE(a_new_model_has_a_system_with_the_built_in_values),
	CU_CASE(names_that_do_not_exist_are_not_found),
	CU_CASE(the_local_as_of_a_vbr_falls_back_to_the_systems),
	CU_CASE(the_router_id_is_own_then_the_systems_then_the_gateway),
	CU_CASE(the_device_of_a_vbr_is_its_port_or_a_vlan_of_it),
	CU_CASE(inside_a_tenant_consent_is_given),
	CU_CASE(another_tenant_consents_by_name_initiator_and_vpc),
	CU_CASE(a_peering_lacks_an_end_that_was_deleted),
	CU_CASE(specs_are_class_times_digit),
};

CU_SUITE(model, cases);

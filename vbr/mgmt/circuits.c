/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show vbr: what stands on lines. Each circuit has a row; what is said of the VBR itself is what
 * they are together: it is up while one of them is.
 */
#include <string.h>

#include "vbr/mgmt/mgmt_int.h"

static char *addr_text(struct arena *a, const struct model_link *l)
{
	char s[IP_STRLEN];

	return arena_printf(a, "%s/%u", ip_format(&l->local, s), l->len);
}

static const char *link_state(bool on, const struct link_status *st)
{
	if (!on)
		return "disabled";
	return st->error[0] != '\0' && !st->up ? "error" : st->up ? "up" : "down";
}

static size_t put_addresses(struct arena *a, const struct model_circuit *c, char **dst)
{
	size_t n = 0;

	if (ip_is_set(&c->ipv4.local))
		dst[n++] = addr_text(a, &c->ipv4);
	if (ip_is_set(&c->ipv6.local))
		dst[n++] = addr_text(a, &c->ipv6);
	return n;
}

/* An alive one says how the VBR is; of dead ones the first does. */
static bool is_better(const char *state, const char *than)
{
	return than == NULL || (strcmp(state, "up") == 0 && strcmp(than, "up") != 0);
}

static void put_counters(struct linkplane *links, const char *device, Vbrd__VbrConnection *row)
{
	struct link_counters c;

	if (linkplane_counters(links, device, &c) < 0)
		return;
	row->has_bytes_in = row->has_bytes_out = true;
	row->bytes_in = c.rx_bytes;
	row->bytes_out = c.tx_bytes;
}

static Vbrd__VbrConnection *circuit_row(struct arena *a, const struct daemon *d,
	const struct plane_instance *pi, uint8_t k)
{
	const struct model *m = daemon_model(d);
	const struct plane *p = daemon_plane(d);
	const struct model_circuit *c = &model_vbr(m, pi->tenant, pi->name)->circuits[k];
	const struct model_physconn *pc = model_physconn(m, c->physconn);
	const struct plane_circuit *at = plane_circuit_at(pi, k);
	const enum model_hold hold = plane_circuit_hold(p, pi, at);
	Vbrd__VbrConnection *row = arena_alloc(a, sizeof(*row));
	struct link_status st;

	vbrd__vbr_connection__init(row);
	if (linkplane_status(plane_links(p), at->device, &st) < 0)
		memset(&st, 0, sizeof(st));
	row->physical_connection = mgmt_str(a, c->physconn);
	row->hosted_connection = mgmt_str(a, c->hosted);
	row->circuit_code = mgmt_str(a, pc != NULL ? pc->circuit_code : "");
	row->has_primary = row->has_vlan_id = true;
	row->primary = k == 0;
	row->state = mgmt_str(a, link_state(hold == MODEL_HOLD_NONE, &st));
	row->reason = mgmt_str(a, model_hold_name(hold));
	row->interface = mgmt_str(a, at->device);
	row->vlan_id = model_circuit_vlan(m, c);
	row->bandwidth = model_circuit_bandwidth(m, c) / 1000000;
	row->has_bandwidth = row->bandwidth != 0;
	row->addresses = arena_calloc(a, 2, sizeof(*row->addresses));
	row->n_addresses = put_addresses(a, c, row->addresses);
	row->error = mgmt_str(a, st.error);
	put_counters(plane_links(p), at->device, row);
	row->has_spoofed = true;
	row->spoofed = plane_spoofed(p, at->device);
	return row;
}

static void add(Vbrd__Vbr *r, Vbrd__VbrConnection *row)
{
	r->connections[r->n_connections++] = row;
	for (size_t i = 0; i < row->n_addresses; i++)
		r->addresses[r->n_addresses++] = row->addresses[i];
	if (is_better(row->state, r->state)) {
		r->state = row->state;
		r->reason = row->reason;
	}
	if (r->error == NULL)
		r->error = row->error;
	r->spoofed += row->spoofed;
	if (!row->has_bytes_in)
		return;
	r->has_bytes_in = r->has_bytes_out = true;
	r->bytes_in += row->bytes_in;
	r->bytes_out += row->bytes_out;
}

void mgmt_put_tags(struct arena *a, const struct model_vbr *v, Vbrd__Vbr *r)
{
	r->tags = arena_calloc(a, v->n_tags + 1u, sizeof(*r->tags));
	for (uint8_t i = 0; i < v->n_tags; i++) {
		Vbrd__Tag *t = arena_alloc(a, sizeof(*t));

		vbrd__tag__init(t);
		t->key = mgmt_str(a, v->tags[i].key);
		t->value = arena_strdup(a, v->tags[i].value);
		r->tags[r->n_tags++] = t;
	}
}

void mgmt_put_circuits(struct arena *a, const struct daemon *d, const struct plane_instance *pi,
	Vbrd__Vbr *r)
{
	r->connections = arena_calloc(a, pi->n_circuits, sizeof(*r->connections));
	r->addresses = arena_calloc(a, 2u * pi->n_circuits, sizeof(*r->addresses));
	for (uint8_t k = 0; k < pi->n_circuits; k++)
		add(r, circuit_row(a, d, pi, k));
	r->interface = r->connections[0]->interface;
	r->has_spoofed = r->has_strayed = true;
	r->strayed = plane_strayed(daemon_plane(d), pi);
	r->physical_connection = r->connections[0]->physical_connection;
	r->hosted_connection = r->connections[0]->hosted_connection;
	r->has_vlan_id = true;
	r->vlan_id = r->connections[0]->vlan_id;
	r->has_bandwidth = r->connections[0]->has_bandwidth;
	r->bandwidth = r->connections[0]->bandwidth;
}

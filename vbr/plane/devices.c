/* SPDX-License-Identifier: Apache-2.0 */
/*
 * News of links: which instances use a device, and what follows when it came, went, or changed. A
 * port may carry thousands of VBRs, so who uses what is an index, made when the first news after a
 * commit needs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/ds/search.h"
#include "vbr/plane/plane_int.h"

void plane_unwant(struct plane *p, const char *name)
{
	if (ports_have(p, name))
		return;
	for (uint32_t k = 0; k < p->n_insts; k++)
		for (uint32_t d = 0; d < p->insts[k]->n_devices; d++)
			if (strcmp(p->insts[k]->devices[d], name) == 0)
				return;
	linkplane_unwant(p->links, name);
}

static void tell_line(struct plane *p, const struct rt_instance *i, const char *device, bool up)
{
	for (uint8_t k = 0; k < i->pub.n_circuits; k++) {
		struct rt_circuit *c = &i->circuits[k];

		if (strcmp(c->pub.device, device) != 0 || (c->line_known && c->line_up == up))
			continue;
		c->line_known = true;
		c->line_up = up;
		if (p->p.line != NULL)
			p->p.line(p->p.ctx, &i->pub, &c->pub, up);
	}
}

static int user_cmp(const void *a, const void *b)
{
	const struct device_user *x = a;
	const struct device_user *y = b;
	const int d = strcmp(x->device, y->device);

	return d != 0 ? d : (x->by->pub.id > y->by->pub.id) - (x->by->pub.id < y->by->pub.id);
}

static void add_user(struct plane *p, struct rt_instance *i, const char *device)
{
	struct device_user *u;

	if ((p->n_users & (p->n_users - 1)) == 0)
		p->users = xreallocarray(p->users, p->n_users == 0 ? 16 : 2 * (size_t)p->n_users,
			sizeof(*p->users));
	u = &p->users[p->n_users++];
	snprintf(u->device, sizeof(u->device), "%s", device);
	u->by = i;
}

/* The port of an untagged circuit is used, too, though ports.c wants it. */
static void find_users(struct plane *p)
{
	p->n_users = 0;
	for (uint32_t k = 0; k < p->n_insts; k++) {
		struct rt_instance *i = p->insts[k];

		for (uint8_t c = 0; c < i->pub.n_circuits; c++)
			if (!derive_wants(i, i->circuits[c].pub.device))
				add_user(p, i, i->circuits[c].pub.device);
		for (uint32_t d = 0; d < i->n_devices; d++)
			add_user(p, i, i->devices[d]);
	}
	if (p->n_users > 0)
		qsort(p->users, p->n_users, sizeof(*p->users), user_cmp);
	p->users_stale = false;
}

static int by_device(const void *name, const void *item)
{
	return strcmp(name, ((const struct device_user *)item)->device);
}

void plane_link_changed(void *ctx, const char *name, const struct link_status *st)
{
	struct plane *p = ctx;

	if (p->stopped)
		return;
	classifier_touch(p->classifier); /* a chain goes with its device */
	if (p->users_stale)
		find_users(p);
	for (uint32_t k = search_lower(name, p->users, p->n_users, sizeof(*p->users), by_device);
		k < p->n_users && strcmp(p->users[k].device, name) == 0; k++) {
		struct rt_instance *i = p->users[k].by;

		tell_line(p, i, name, st->up);
		if (i->sent)
			plane_send_instance(p, i);
	}
	for (uint32_t k = 0; k < p->n_peerings; k++)
		if (strcmp(p->peerings[k]->pub.device[0], name) == 0 ||
			strcmp(p->peerings[k]->pub.device[1], name) == 0) {
			peering_link_changed(p, p->peerings[k]);
			peering_tell(p, p->peerings[k]);
		}
}

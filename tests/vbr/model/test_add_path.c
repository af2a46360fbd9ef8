/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of ADD-PATH without what they depend on: refused where they do nothing, at a peer or in a
 * group.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

/* The only sentence of the check, or "" if there is none. */
static void says(const struct model *m, const char *text)
{
	struct errbuf err;

	errbuf_init(&err);
	(void)model_check(m, &err);
	CU_ASSERT_EQUAL(err.n, text[0] != '\0');
	if (err.n > 0)
		CU_ASSERT_STRING_EQUAL(err.items[0].text, text);
	errbuf_fini(&err);
}

static void an_option_that_does_nothing_is_refused(void)
{
	struct model *m = kit_new();
	struct model_peer *p = &kit_hz_a(m)->peers[0];

	says(m, "");
	p->add_path = MODEL_ADD_PATH_RECEIVE;
	p->add_path_has = MODEL_ADD_PATH_HAS_SEND;
	says(m,
		"peer 10.0.0.2 has add-path-send without add-path send: "
		"set add-path to send or both, or delete add-path-send");
	p->add_path |= MODEL_ADD_PATH_SEND;
	says(m, "");
	p->add_path_has = MODEL_ADD_PATH_HAS_BEST;
	says(m,
		"peer 10.0.0.2 has add-path-best without add-path-send best: set add-path to send "
		"or both and add-path-send to best, or delete add-path-best");
	p->add_path_send = MODEL_ADD_PATH_SEND_BEST;
	says(m, "");
	model_free(m);
}

/* One peer completes what the group says; another one does without. */
static void a_group_may_hold_what_some_of_its_peers_complete(void)
{
	struct model *m = kit_new();
	struct model_peer *q = kit_peer(kit_hz_a(m), "192.0.2.1", 65001);
	struct model_peer *p = &kit_hz_a(m)->peers[0];

	q->multihop = 3;
	strcpy(p->group, "idc");
	strcpy(q->group, "idc");
	p->add_path_has = q->add_path_has = MODEL_ADD_PATH_GROUP_BEST;
	p->add_path_send = q->add_path_send = MODEL_ADD_PATH_SEND_BEST;
	says(m,
		"group idc has add-path-best for peers without add-path-send best: set add-path to "
		"send or both and add-path-send to best, or delete add-path-best");
	q->add_path = MODEL_ADD_PATH_SEND;
	says(m, "");
	strcpy(q->group, "other");
	says(m,
		"group idc has add-path-best for peers without add-path-send best: set add-path to "
		"send or both and add-path-send to best, or delete add-path-best");
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(an_option_that_does_nothing_is_refused),
	CU_CASE(a_group_may_hold_what_some_of_its_peers_complete),
};
CU_SUITE(add_path, cases);

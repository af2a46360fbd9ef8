/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name that is nowhere is a mistake, not an empty answer. Handlers ask here before they answer
 * that there is nothing; one that also shows what the configuration has no more asks afterwards.
 */
#include "vbr/mgmt/mgmt_int.h"

/* As the grammar has them: what is missing, and the command that lists what is there. */
static const struct {
	const char *word;
	const char *list;
} kinds[MODEL_KIND_COUNT] = {
	[MODEL_VPC] = { "vpc", "show vpc" },
	[MODEL_VBR] = { "vbr", "show vbr" },
	[MODEL_PEERING] = { "peering", "show peering" },
	[MODEL_FAILOVER] = { "failover-group", "show failover" },
};

static bool is_asked(const char *name)
{
	return name != NULL && name[0] != '\0';
}

char *mgmt_unknown(struct arena *a, const struct daemon *d, const char *tenant,
	enum model_kind kind, const char *name)
{
	const struct model *m = daemon_model(d);

	if (!is_asked(tenant))
		return NULL;
	if (model_tenant(m, tenant) == NULL)
		return arena_printf(a, "there is no tenant \"%s\": see show tenant", tenant);
	if (!is_asked(name) || model_get(m, kind, tenant, name, "") != NULL)
		return NULL;
	return arena_printf(a, "tenant \"%s\" has no %s \"%s\": see %s", tenant, kinds[kind].word,
		name, kinds[kind].list);
}

bool mgmt_is_known(struct rpc_call *call, const struct daemon *d, const char *tenant,
	enum model_kind kind, const char *name)
{
	struct arena *a = arena_new(512);
	const char *text = mgmt_unknown(a, d, tenant, kind, name);

	if (text != NULL)
		rpc_reply_error(call, VBRD__STATUS_CODE__NOT_FOUND, "%s", text);
	arena_free(a);
	return text == NULL;
}

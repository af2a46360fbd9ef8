/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyang says that a value is wrong; people want to know what is right. So the sentences are made
 * here from the compiled type: its ranges, enumerations and the error-message that the model
 * carries, in the same words for text, JSON and single edits.
 */
#include "conf/model/type.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/plugins_types.h>

#include "lib/base/xalloc.h"

/* Text that grows: types are few and short, so an open stream is clear and fast enough. */
struct text {
	char *s;
	size_t len;
	FILE *f;
};

static void text_open(struct text *t)
{
	t->f = open_memstream(&t->s, &t->len);
	if (t->f == NULL)
		abort();
}

static char *text_close(struct text *t)
{
	fclose(t->f);
	return t->s;
}

const struct lysc_type *type_of(const struct lysc_node *leaf)
{
	/* lysc_node_leaf and lysc_node_leaflist share their head up to the type. */
	const struct lysc_type *type = ((const struct lysc_node_leaf *)leaf)->type;

	if (type->basetype == LY_TYPE_LEAFREF)
		type = ((const struct lysc_type_leafref *)type)->realtype;
	return type;
}

uint32_t type_secret_max(const struct lysc_node *leaf)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(leaf->exts, i)
	{
		const struct lysc_ext_instance *ext = &leaf->exts[i];

		if (strcmp(ext->def->name, "secret") == 0 &&
			strcmp(ext->def->module->name, "vbrd") == 0)
			return (uint32_t)strtoul(ext->argument, NULL, 10);
	}
	return 0;
}

static bool is_number(const struct lysc_type *type)
{
	return type->basetype == LY_TYPE_UINT8 || type->basetype == LY_TYPE_UINT16 ||
		type->basetype == LY_TYPE_UINT32 || type->basetype == LY_TYPE_UINT64;
}

static uint64_t number_max(const struct lysc_type *type)
{
	switch (type->basetype) {
	case LY_TYPE_UINT8:
		return UINT8_MAX;
	case LY_TYPE_UINT16:
		return UINT16_MAX;
	case LY_TYPE_UINT32:
		return UINT32_MAX;
	default:
		return UINT64_MAX;
	}
}

/* Parts of a range: "0..2999", "0 | 3..65535"; dash between bounds as asked. */
static void print_range(FILE *f, const struct lysc_type *type, const char *dash, const char *bar)
{
	const struct lysc_range *range = ((const struct lysc_type_num *)type)->range;
	LY_ARRAY_COUNT_TYPE i;

	if (range == NULL) {
		fprintf(f, "0%s%" PRIu64, dash, number_max(type));
		return;
	}
	LY_ARRAY_FOR(range->parts, i)
	{
		if (i > 0)
			fputs(bar, f);
		fprintf(f, "%" PRIu64, range->parts[i].min_u64);
		if (range->parts[i].min_u64 != range->parts[i].max_u64)
			fprintf(f, "%s%" PRIu64, dash, range->parts[i].max_u64);
	}
}

/* What the typed plugins of libyang know: the only trace of a typedef in a compiled type. */
static const struct {
	const char *id;
	const char *expect;
	const char *placeholder;
	bool is_prefix;
} plugins[] = {
	{ "ipv4-address", "an IPv4 address", "A.B.C.D" },
	{ "ipv6-address", "an IPv6 address", "X:X::X:X" },
	{ "ipv4-prefix", "an IPv4 prefix (10.0.0.0/8)", "A.B.C.D/M", true },
	{ "ipv6-prefix", "an IPv6 prefix (2001:db8::/32)", "X:X::X:X/M", true },
};

static int find_plugin(const struct lysc_type *type)
{
	if (type->plugin == NULL || type->plugin->id == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(plugins) / sizeof(plugins[0]); i++) {
		if (strstr(type->plugin->id, plugins[i].id) != NULL)
			return (int)i;
	}
	return -1;
}

static void print_expect(FILE *f, const struct lysc_type *type)
{
	const int plugin = find_plugin(type);
	LY_ARRAY_COUNT_TYPE i;

	if (plugin >= 0) {
		fputs(plugins[plugin].expect, f);
	} else if (is_number(type)) {
		fputs("a number in ", f);
		print_range(f, type, "..", " | ");
	} else if (type->basetype == LY_TYPE_DEC64) {
		fputs("a decimal number", f);
	} else if (type->basetype == LY_TYPE_BOOL) {
		fputs("true or false", f);
	} else if (type->basetype == LY_TYPE_EMPTY) {
		fputs("a word without a value", f);
	} else if (type->basetype == LY_TYPE_ENUM) {
		const struct lysc_type_enum *e = (const struct lysc_type_enum *)type;

		fputs("one of ", f);
		LY_ARRAY_FOR(e->enums, i)
		fprintf(f, "%s%s", i > 0 ? ", " : "", e->enums[i].name);
	} else if (type->basetype == LY_TYPE_UNION) {
		const struct lysc_type_union *u = (const struct lysc_type_union *)type;
		bool is_first = true;

		LY_ARRAY_FOR(u->types, i)
		{
			/* Patterns say nothing to people; the description of the leaf does. */
			if (u->types[i]->basetype == LY_TYPE_STRING && find_plugin(u->types[i]) < 0)
				continue;
			fputs(is_first ? "" : " or ", f);
			print_expect(f, u->types[i]);
			is_first = false;
		}
		if (is_first)
			fputs("a value of this form", f);
	} else {
		fputs("a text", f);
	}
}

char *type_expect(const struct lysc_node *leaf)
{
	struct text t;

	text_open(&t);
	print_expect(t.f, type_of(leaf));
	return text_close(&t);
}

static void print_placeholder(FILE *f, const struct lysc_type *type)
{
	const int plugin = find_plugin(type);
	LY_ARRAY_COUNT_TYPE i;

	if (plugin >= 0) {
		fputs(plugins[plugin].placeholder, f);
	} else if (is_number(type)) {
		fputc('<', f);
		print_range(f, type, "-", "|");
		fputc('>', f);
	} else if (type->basetype == LY_TYPE_DEC64) {
		fputs("<number>", f);
	} else if (type->basetype == LY_TYPE_UNION) {
		const struct lysc_type_union *u = (const struct lysc_type_union *)type;

		LY_ARRAY_FOR(u->types, i)
		{
			fputs(i > 0 ? "|" : "", f);
			print_placeholder(f, u->types[i]);
		}
	} else {
		fputs("WORD", f);
	}
}

char *type_placeholder(const struct lysc_node *leaf)
{
	struct text t;

	text_open(&t);
	print_placeholder(t.f, type_of(leaf));
	return text_close(&t);
}

static bool is_in_length(const struct lysc_range *length, size_t n)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(length->parts, i)
	{
		if (n >= length->parts[i].min_u64 && n <= length->parts[i].max_u64)
			return true;
	}
	return false;
}

const char *type_hint(const struct lysc_type *type, const char *value)
{
	if (is_number(type)) {
		const struct lysc_range *range = ((const struct lysc_type_num *)type)->range;

		return range == NULL ? NULL : range->emsg;
	}
	if (type->basetype == LY_TYPE_DEC64) {
		const struct lysc_range *range = ((const struct lysc_type_dec *)type)->range;

		return range == NULL ? NULL : range->emsg;
	}
	if (type->basetype == LY_TYPE_STRING) {
		const struct lysc_type_str *s = (const struct lysc_type_str *)type;
		LY_ARRAY_COUNT_TYPE i;

		if (s->length != NULL && !is_in_length(s->length, strlen(value)))
			return s->length->emsg;
		LY_ARRAY_FOR(s->patterns, i)
		{
			if (s->patterns[i]->emsg != NULL)
				return s->patterns[i]->emsg;
		}
	}
	return NULL;
}

static bool is_prefix(const struct lysc_type *type)
{
	const int plugin = find_plugin(type);

	if (type->basetype == LY_TYPE_UNION)
		return is_prefix(((const struct lysc_type_union *)type)->types[0]);
	return plugin >= 0 && plugins[plugin].is_prefix;
}

static bool takes(const struct lysc_node *leaf, const char *value)
{
	const struct ly_ctx *ctx = leaf->module->ctx;
	const bool ok = lyd_value_validate(ctx, leaf, value, strlen(value), NULL, NULL, NULL) ==
		LY_SUCCESS;

	ly_err_clean((struct ly_ctx *)(uintptr_t)ctx, NULL);
	return ok;
}

/*
 * An address where a prefix is wanted may be a host, or a network whose length was forgotten: it is
 * not guessed, but the host is spelled out. NULL: it is something else.
 */
static char *host_prefix(const struct lysc_node *leaf, const char *value)
{
	char *p = xasprintf("%s/%s", value, strchr(value, ':') != NULL ? "128" : "32");

	if (is_prefix(type_of(leaf)) && strchr(value, '/') == NULL && takes(leaf, p))
		return p;
	free(p);
	return NULL;
}

static void refuse(const struct lysc_node *leaf, const char *value, struct errbuf *err)
{
	const struct lysc_type *type = type_of(leaf);
	const char *hint = type_hint(type, value);
	char *expect = type_expect(leaf);
	char *host = host_prefix(leaf, value);

	if (host != NULL)
		errbuf_add(err, NULL, 0, "%s: \"%s\" has no length: write %s for this one host",
			leaf->name, value, host);
	else if (type_secret_max(leaf) != 0)
		errbuf_add(err, NULL, 0, "%s: %s", leaf->name,
			hint != NULL ? hint : "the value is not allowed");
	else if (is_number(type) && *value != '\0' && value[strspn(value, "0123456789")] == '\0')
		errbuf_add(err, NULL, 0, "%s: \"%s\" is not in %s%s%s", leaf->name, value,
			expect + strlen("a number in "), hint != NULL ? ": " : "",
			hint != NULL ? hint : "");
	else if ((type->basetype == LY_TYPE_STRING || type->basetype == LY_TYPE_DEC64) &&
		hint != NULL)
		errbuf_add(err, NULL, 0, "%s: \"%s\" is not accepted: %s", leaf->name, value, hint);
	else if (type->basetype == LY_TYPE_UNION || type->basetype == LY_TYPE_STRING)
		errbuf_add(err, NULL, 0, "%s: \"%s\" is not %s: %s", leaf->name, value, expect,
			leaf->dsc != NULL ? leaf->dsc : "");
	else
		errbuf_add(err, NULL, 0, "%s: \"%s\" is not %s", leaf->name, value, expect);
	free(host);
	free(expect);
}

/*
 * libyang checks characters in its parsers only: what comes by other ways must be printable as
 * JSON.
 */
static bool is_text(const char *value)
{
	const unsigned char *p = (const unsigned char *)value;

	while (*p != '\0') {
		const uint32_t more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;

		if (*p < 0x20 || *p == 0x7f || (*p >= 0x80 && *p < 0xc2) || *p > 0xf4)
			return false;
		/* Overlong forms, surrogates and what is beyond U+10FFFF. */
		if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
			(*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
			return false;
		p++;
		for (uint32_t i = 0; i < more; i++, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
		}
	}
	return true;
}

int type_check(const struct lysc_node *leaf, const char *value, char **canonical,
	struct errbuf *err)
{
	const struct ly_ctx *ctx = leaf->module->ctx;
	const uint32_t secret_max = type_secret_max(leaf);
	const char *canon = NULL;
	LY_ERR rc;

	if (!is_text(value)) {
		errbuf_add(err, NULL, 0,
			"%s: the value holds control characters or is not UTF-8: remove them",
			leaf->name);
		return -EINVAL;
	}
	/* The type's own length is that of the sealed form. */
	if (secret_max != 0 && strncmp(value, "$v1$", 4) != 0 && strlen(value) > secret_max)
		rc = LY_EVALID;
	else
		rc = lyd_value_validate(ctx, leaf, value, strlen(value), NULL, NULL, &canon);
	ly_err_clean((struct ly_ctx *)(uintptr_t)ctx, NULL);
	if (rc != LY_SUCCESS && rc != LY_EINCOMPLETE) {
		if (secret_max != 0)
			errbuf_add(err, NULL, 0, "%s: a secret has 1 to %u characters", leaf->name,
				secret_max);
		else
			refuse(leaf, value, err);
		return -EINVAL;
	}
	if (canonical != NULL)
		*canonical = xstrdup(canon != NULL ? canon : value);
	if (canon != NULL)
		lydict_remove(ctx, canon);
	return 0;
}

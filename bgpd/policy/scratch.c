/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memo of verdicts is a direct-mapped table: a list is known by the digest of its rules, so
 * that a commit which does not touch it does not forget, and a path by the number of its interned
 * octets, which is never used again. So an entry is never wrong, only pushed out, and nobody has to
 * clear anything. It starts small and doubles while it is too small for what is asked, up to a
 * bound: 1 MB a tenant, for 65536 pairs of list and path. Those that it holds are lost then, which
 * costs one match each.
 *
 * Rejected: a bit in the path for each list (lists come and go, the path would have to know them).
 */
#include "bgpd/policy/scratch.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "bgpd/wire/aspath.h"
#include "lib/base/xalloc.h"

#define MEMO_MIN 1024 /* entries of 16 octets, powers of two */
#define MEMO_MAX 65536

/*
 * Steps of one match: well below a millisecond (bench/micro/policy.c), and many times what honest
 * expressions need on the longest paths of the Internet. Memory: in KiB.
 */
#define MATCH_LIMIT    25000
#define DEPTH_LIMIT    20000
#define HEAP_LIMIT_KB  4096
#define JIT_STACK_MIN  (32u << 10)
#define JIT_STACK_MAX  (256u << 10)
#define TEXT_MIN       4096
#define CHARS_PER_AS   11 /* ten digits and what separates them */
#define CHARS_PER_SEGM 4  /* a pair of brackets, a blank, and to spare */

struct memo_entry {
	uint64_t list;
	uint64_t path; /* twice its id, plus the verdict; 0 = free */
};

struct policy_scratch {
	struct scratch_regex regex;
	pcre2_jit_stack *jit; /* owned, as what regex has */
	char *text;           /* owned */
	size_t text_size;
	size_t text_len;
	uint64_t text_id;        /* path whose text it is; 0 = of none with a number */
	struct memo_entry *memo; /* owned */
	uint32_t n_memo;         /* power of two */
	uint32_t n_lost;         /* pushed out since it has this size */
	struct policy_scratch_stats stats;
};

struct policy_scratch *policy_scratch_new(void)
{
	return xcalloc(1, sizeof(struct policy_scratch));
}

void policy_scratch_free(struct policy_scratch *s)
{
	if (!s)
		return;
	pcre2_match_data_free(s->regex.data);
	pcre2_match_context_free(s->regex.limits);
	pcre2_jit_stack_free(s->jit);
	free(s->text);
	free(s->memo);
	free(s);
}

void policy_scratch_stats(const struct policy_scratch *s, struct policy_scratch_stats *st)
{
	*st = s->stats;
	st->bytes = sizeof(*s) + s->text_size + s->n_memo * sizeof(*s->memo);
}

const struct scratch_regex *scratch_regex(struct policy_scratch *s)
{
	struct scratch_regex *r = &s->regex;

	if (r->data)
		return r;
	/* One pair: where a match lies is of no interest. */
	r->data = pcre2_match_data_create(1, NULL);
	r->limits = pcre2_match_context_create(NULL);
	s->jit = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	if (!r->data || !r->limits)
		abort(); /* as xmalloc */
	(void)pcre2_set_match_limit(r->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(r->limits, HEAP_LIMIT_KB);
	pcre2_jit_stack_assign(r->limits, NULL, s->jit);
	return r;
}

void scratch_gave_up(struct policy_scratch *s)
{
	s->stats.gave_up++;
}

const char *scratch_path_text(struct policy_scratch *s, uint64_t id, struct octets path,
	size_t *len)
{
	const size_t most = path.len / 4u * CHARS_PER_AS + path.len / 2u * CHARS_PER_SEGM +
		TEXT_MIN;

	if (!id || id != s->text_id) {
		if (most > s->text_size) {
			free(s->text);
			s->text = xmalloc(most);
			s->text_size = most;
		}
		s->text_len = aspath_write(path, s->text, s->text_size);
		s->text_id = id;
	}
	*len = s->text_len;
	return s->text;
}

static struct memo_entry *entry_of(const struct policy_scratch *s, uint64_t list, uint64_t path)
{
	/* Paths are numbered in a row and digests are even: a multiplication spreads both. */
	const uint64_t h = (list ^ path) * UINT64_C(0x9e3779b97f4a7c15);

	return &s->memo[h >> 32 & (s->n_memo - 1)];
}

int scratch_recall(struct policy_scratch *s, uint64_t list, uint64_t path)
{
	const struct memo_entry *e;

	if (s->memo && path) {
		e = entry_of(s, list, path);
		if (e->list == list && e->path >> 1 == path) {
			s->stats.hits++;
			return (int)(e->path & 1);
		}
	}
	s->stats.misses++;
	return -1;
}

static void memo_grow(struct policy_scratch *s)
{
	free(s->memo);
	s->n_memo = s->n_memo ? 2 * s->n_memo : MEMO_MIN;
	s->memo = xcalloc(s->n_memo, sizeof(*s->memo));
	s->n_lost = 0;
}

void scratch_remember(struct policy_scratch *s, uint64_t list, uint64_t path, bool verdict)
{
	struct memo_entry *e;

	if (!path)
		return;
	if (!s->memo || (s->n_lost > s->n_memo && s->n_memo < MEMO_MAX))
		memo_grow(s);
	e = entry_of(s, list, path);
	s->n_lost += e->path != 0;
	*e = (struct memo_entry){ .list = list, .path = path << 1 | verdict };
}

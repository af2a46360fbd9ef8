/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions over AS paths. An input begins with an octet that chooses:
 *
 *   even: an expression, a line feed, and the octets of a path. What has no underscore is given to
 *   PCRE2 as it stands; what is compiled matches without a fault; a list of it remembers what it
 *   found.
 *   odd: octets that are read as pieces of an expression (numbers, boundaries, "anything", anchors)
 *   and of a path. The answer is the one of a matcher that knows these pieces and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/policy/list/aspath_list.h"
#include "bgpd/policy/scratch.h"
#include "bgpd/wire/aspath.h"
#include "fuzz/fuzz.h"
#include "lib/base/xalloc.h"

#define REGEX_MAX 1024
#define PATH_MAX  4096
#define PIECES    12
#define SEGMENTS  8

static struct aspath_regex *compile(const char *text)
{
	struct aspath_regex *re;
	struct errbuf err;

	errbuf_init(&err);
	re = aspath_regex_new(text, NULL, &err);
	fuzz_check(!re == !errbuf_is_empty(&err));
	errbuf_fini(&err);
	return re;
}

static void ask_list(struct aspath_regex *re, struct octets path, enum aspath_verdict want,
	struct policy_scratch *s)
{
	char name[] = "l";
	struct policy_aspath_rule rule = { .seq = 1, .permit = true, .regex = re };
	const struct policy_aspath_list conf = { name, &rule, 1 };
	struct policy_list *l = aspath_list_new(&conf);

	for (unsigned i = 0; i < 3; i++)
		fuzz_check(aspath_list_permits(l, path, 7, s) == (want == ASPATH_VERDICT_YES));
	aspath_list_free(l);
}

static void any_expression(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	const size_t len = end ? (size_t)(end - data) : size;
	struct policy_scratch *s;
	struct aspath_regex *re;
	struct octets path = { NULL, 0 };
	char text[REGEX_MAX];
	const char *as_text;
	size_t text_len;

	if (len >= sizeof(text) || memchr(data, '\0', len) || size - len > PATH_MAX)
		return;
	memcpy(text, data, len);
	text[len] = '\0';
	if (end)
		path = (struct octets){ end + 1, (uint16_t)(size - len - 1) };
	re = compile(text);
	if (!re)
		return;
	fuzz_check(strchr(text, '_') || strcmp(aspath_regex_translated(re), text) == 0);
	s = policy_scratch_new();
	as_text = scratch_path_text(s, 0, path, &text_len);
	fuzz_check(strlen(as_text) == text_len);
	ask_list(re, path, aspath_regex_match(re, as_text, text_len, s), s);
	policy_scratch_free(s);
	aspath_regex_unref(re);
}

enum piece_kind {
	PIECE_NUMBER,
	PIECE_BOUNDARY,
	PIECE_DIGITS, /* [0-9]+ */
	PIECE_ANY,    /* .* */
	PIECE_START,
	PIECE_END,
	PIECE_COUNT,
};

struct piece {
	enum piece_kind kind;
	char text[12];
};

static bool is_separator(char c)
{
	return c && strchr(" ,{}()[]", c);
}

/* Can pieces from p on match somewhere? Where each can is marked, from the last one on. */
static bool naive(const struct piece *p, unsigned n, const char *text, size_t len)
{
	uint8_t *can = xcalloc((n + 1) * (len + 2), 1);
	bool found = false;

#define CAN(k, i) can[(k) * (len + 2) + (i)]
	for (size_t i = 0; i <= len; i++)
		CAN(n, i) = 1;
	for (unsigned k = n; k-- > 0;) {
		for (size_t i = len + 1; i-- > 0;) {
			const size_t piece_len = strlen(p[k].text);
			const bool digit = i < len && text[i] >= '0' && text[i] <= '9';

			switch (p[k].kind) {
			case PIECE_NUMBER:
				CAN(k, i) = strncmp(text + i, p[k].text, piece_len) == 0 &&
					CAN(k + 1, i + piece_len);
				break;
			case PIECE_BOUNDARY:
				CAN(k, i) = ((i == 0 || i == len) && CAN(k + 1, i)) ||
					(i < len && is_separator(text[i]) && CAN(k + 1, i + 1));
				break;
			case PIECE_DIGITS:
				CAN(k, i) = digit && (CAN(k + 1, i + 1) || CAN(k, i + 1));
				break;
			case PIECE_ANY:
				CAN(k, i) = CAN(k + 1, i) || (i < len && CAN(k, i + 1));
				break;
			case PIECE_START:
				CAN(k, i) = i == 0 && CAN(k + 1, i);
				break;
			case PIECE_END:
				CAN(k, i) = i == len && CAN(k + 1, i);
				break;
			case PIECE_COUNT:
				break;
			}
		}
	}
	for (size_t i = 0; i <= len; i++)
		found |= CAN(0, i);
#undef CAN
	free(can);
	return found;
}

/* Few numbers, so that they meet. */
static uint32_t number_of(uint8_t c)
{
	static const uint32_t numbers[] = { 1, 2, 12, 65001, 6500, 4200000000 };

	return numbers[c % 6];
}

static unsigned read_pieces(const uint8_t **data, const uint8_t *end, struct piece *p, char *regex)
{
	static const char *const texts[PIECE_COUNT] = { "", "_", "[0-9]+", ".*", "^", "$" };
	unsigned n = 0;

	regex[0] = '\0';
	while (*data < end && n < PIECES) {
		const uint8_t c = *(*data)++;

		if (c == 0xff)
			break;
		memset(&p[n], 0, sizeof(p[n]));
		p[n].kind = (enum piece_kind)(c % PIECE_COUNT);
		if (p[n].kind == PIECE_NUMBER)
			(void)snprintf(p[n].text, sizeof(p[n].text), "%u",
				number_of(c / PIECE_COUNT));
		strcat(regex, p[n].kind == PIECE_NUMBER ? p[n].text : texts[p[n].kind]);
		n++;
	}
	return n;
}

static struct octets read_path(const uint8_t *data, const uint8_t *end, uint8_t *path)
{
	struct cursor_w w = cursor_w_make(path, PATH_MAX);

	for (unsigned i = 0; i < SEGMENTS && data < end; i++) {
		const uint8_t head = *data++;
		uint8_t n = head / 4 % 8;

		if (n > end - data)
			n = (uint8_t)(end - data);
		cursor_w_u8(&w, (uint8_t)(head % 4 + 1));
		cursor_w_u8(&w, n);
		for (; n; n--)
			cursor_w_u32(&w, number_of(*data++));
	}
	return (struct octets){ path, (uint16_t)cursor_w_len(&w) };
}

static void known_pieces(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	struct piece p[PIECES];
	char regex[PIECES * 12 + 1];
	uint8_t path_octets[PATH_MAX];
	const unsigned n = read_pieces(&data, end, p, regex);
	const struct octets path = read_path(data, end, path_octets);
	struct policy_scratch *s = policy_scratch_new();
	struct aspath_regex *re = compile(regex);
	enum aspath_verdict v;
	const char *text;
	size_t len;

	fuzz_check(re != NULL);
	text = scratch_path_text(s, 0, path, &len);
	v = aspath_regex_match(re, text, len, s);
	fuzz_check(
		v == ASPATH_VERDICT_GAVE_UP || (v == ASPATH_VERDICT_YES) == naive(p, n, text, len));
	aspath_regex_unref(re);
	policy_scratch_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] % 2)
		known_pieces(data + 1, size - 1);
	else
		any_expression(data + 1, size - 1);
	return 0;
}

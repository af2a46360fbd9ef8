/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reverse of aspath_format, for well-formed text.
 */
#include "tests/bgpd/policy/paths.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static uint8_t segment_type(char c)
{
	switch (c) {
	case '{':
		return BGP_AS_SET;
	case '(':
		return BGP_AS_CONFED_SEQUENCE;
	case '[':
		return BGP_AS_CONFED_SET;
	default:
		return BGP_AS_SEQUENCE;
	}
}

struct octets path_of(struct arena *a, const char *text)
{
	const size_t size = 6 * strlen(text) + 2;
	uint8_t *b = arena_alloc(a, size);
	struct cursor_w w = cursor_w_make(b, size);
	uint8_t *count = NULL;
	bool in_sequence = false;

	while (*text) {
		char *end;

		if (isdigit((unsigned char)*text)) {
			if (!count || (in_sequence && *count == 255)) {
				cursor_w_u8(&w, BGP_AS_SEQUENCE);
				count = b + cursor_w_len(&w);
				cursor_w_u8(&w, 0);
				in_sequence = true;
			}
			cursor_w_u32(&w, (uint32_t)strtoul(text, &end, 10));
			++*count;
			text = end;
			continue;
		}
		if (strchr("{([", *text)) {
			cursor_w_u8(&w, segment_type(*text));
			count = b + cursor_w_len(&w);
			cursor_w_u8(&w, 0);
			in_sequence = false;
		} else if (strchr("})]", *text)) {
			count = NULL;
		}
		text++;
	}
	return (struct octets){ b, (uint16_t)cursor_w_len(&w) };
}

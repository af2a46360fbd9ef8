/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protobuf-c keeps a message as a struct and tells each member's offset. Presence is: a pointer
 * that is not NULL, has_x for scalars (proto2), the number of elements for repeated fields.
 */
#include "vtysh/text/message/field.h"

#include <string.h>

#include "lib/base/decimal.h"

static size_t element_size(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	default:
		return 4; /* 32-bit numbers, enums, protobuf_c_boolean */
	}
}

static bool is_pointer(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_MESSAGE || f->type == PROTOBUF_C_TYPE_STRING;
}

size_t field_count(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const char *base = (const char *)m;
	const void *p;

	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)(const void *)(base + f->quantifier_offset);
	if (is_pointer(f)) {
		memcpy(&p, base + f->offset, sizeof(p));
		return p ? 1 : 0;
	}
	return *(const protobuf_c_boolean *)(const void *)(base + f->quantifier_offset) ? 1 : 0;
}

const void *field_at(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i)
{
	const char *member = (const char *)m + f->offset;
	const char *array;

	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return member;
	memcpy(&array, member, sizeof(array));
	return array + i * element_size(f);
}

const ProtobufCMessage *field_message(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
	size_t i)
{
	const ProtobufCMessage *sub;

	memcpy(&sub, field_at(m, f, i), sizeof(sub));
	return sub;
}

const ProtobufCFieldDescriptor *field_stream(const ProtobufCMessageDescriptor *type)
{
	for (unsigned i = type->n_fields; i-- > 0;) {
		const ProtobufCFieldDescriptor *f = &type->fields[i];

		if (f->label == PROTOBUF_C_LABEL_REPEATED && f->type == PROTOBUF_C_TYPE_MESSAGE)
			return f;
	}
	return NULL;
}

char *field_name(const ProtobufCFieldDescriptor *f, char separator, char *dst, size_t size)
{
	size_t i = 0;

	for (; f->name[i] && i + 1 < size; i++)
		dst[i] = f->name[i] == '_' ? separator : f->name[i];
	dst[i] = '\0';
	return dst;
}

/* As snprintf: cut at size, and how long it would be. */
static size_t copy(const char *s, char *dst, size_t size)
{
	const size_t len = strlen(s);
	const size_t n = len < size ? len : size - 1;

	memcpy(dst, s, n);
	dst[n] = '\0';
	return len;
}

static size_t number(uint64_t v, char *dst, size_t size)
{
	char text[DECIMAL_STRLEN + 1];

	*decimal_put(text, v) = '\0';
	return copy(text, dst, size);
}

static size_t element_text(const ProtobufCFieldDescriptor *f, const void *at, char *dst,
	size_t size)
{
	const char *s;

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		memcpy(&s, at, sizeof(s));
		return copy(s, dst, size);
	case PROTOBUF_C_TYPE_UINT64:
		return number(*(const uint64_t *)at, dst, size);
	case PROTOBUF_C_TYPE_UINT32:
		return number(*(const uint32_t *)at, dst, size);
	case PROTOBUF_C_TYPE_BOOL:
		return copy(*(const protobuf_c_boolean *)at ? "yes" : "no", dst, size);
	default:
		return copy("?", dst, size); /* no other type is in vbrd.proto's replies */
	}
}

void field_text(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, char *dst,
	size_t size)
{
	const size_t n = field_count(m, f);
	size_t used = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < n && used + 2 < size; i++) {
		if (i)
			dst[used++] = ' ';
		used += element_text(f, field_at(m, f, i), dst + used, size - used);
	}
}

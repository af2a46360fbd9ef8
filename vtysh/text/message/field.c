/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protobuf-c keeps a message as a struct and tells each member's offset. Presence is: a pointer
 * that is not NULL, has_x for scalars (proto2), the number of elements for repeated fields.
 */
#include "vtysh/text/message/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

static int element_text(const ProtobufCFieldDescriptor *f, const void *at, char *dst, size_t size)
{
	const char *s;

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		memcpy(&s, at, sizeof(s));
		return snprintf(dst, size, "%s", s);
	case PROTOBUF_C_TYPE_UINT64:
		return snprintf(dst, size, "%" PRIu64, *(const uint64_t *)at);
	case PROTOBUF_C_TYPE_UINT32:
		return snprintf(dst, size, "%" PRIu32, *(const uint32_t *)at);
	case PROTOBUF_C_TYPE_BOOL:
		return snprintf(dst, size, "%s", *(const protobuf_c_boolean *)at ? "yes" : "no");
	default:
		return snprintf(dst, size, "?"); /* no other type is in vbrd.proto's replies */
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
		used += (size_t)element_text(f, field_at(m, f, i), dst + used, size - used);
	}
}

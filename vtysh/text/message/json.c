/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message is special: the segments of an AS path are written as people and tools expect a
 * path, the members of a sequence as numbers in the array itself, a set as an inner array.
 */
#include "vtysh/text/message/json.h"

#include <string.h>

#include "lib/io/jsonw.h"
#include "proto/vbrd.pb-c.h"
#include "vtysh/text/message/field.h"

#define NAME_MAX_LEN 64u

static void json_segments(struct jsonw *j, const ProtobufCMessage *m,
	const ProtobufCFieldDescriptor *f)
{
	const size_t n = field_count(m, f);

	jsonw_array(j);
	for (size_t i = 0; i < n; i++) {
		const Vbrd__AsSegment *s = (const Vbrd__AsSegment *)field_message(m, f, i);
		const bool inner = s->type != VBRD__AS_SEGMENT__TYPE__SEQUENCE;

		if (inner)
			jsonw_array(j);
		for (size_t k = 0; k < s->n_asn; k++)
			jsonw_u64(j, s->asn[k]);
		if (inner)
			jsonw_array_end(j);
	}
	jsonw_array_end(j);
}

static void json_element(struct jsonw *j, const ProtobufCMessage *m,
	const ProtobufCFieldDescriptor *f, size_t i)
{
	const void *at = field_at(m, f, i);
	const char *s;

	switch (f->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		json_message(j, field_message(m, f, i));
		break;
	case PROTOBUF_C_TYPE_STRING:
		memcpy(&s, at, sizeof(s));
		jsonw_string(j, s);
		break;
	case PROTOBUF_C_TYPE_UINT64:
		jsonw_u64(j, *(const uint64_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT32:
		jsonw_u64(j, *(const uint32_t *)at);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		jsonw_bool(j, *(const protobuf_c_boolean *)at);
		break;
	default:
		jsonw_null(j); /* no other type is in vbrd.proto's replies */
		break;
	}
}

void json_key(struct jsonw *j, const ProtobufCFieldDescriptor *f)
{
	char name[NAME_MAX_LEN];

	jsonw_key(j, field_name(f, '-', name, sizeof(name)));
}

void json_field(struct jsonw *j, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const size_t n = field_count(m, f);

	if (f->label != PROTOBUF_C_LABEL_REPEATED) {
		if (n) {
			json_key(j, f);
			json_element(j, m, f, 0);
		}
		return;
	}
	json_key(j, f);
	if (f->descriptor == &vbrd__as_segment__descriptor) {
		json_segments(j, m, f);
		return;
	}
	jsonw_array(j);
	for (size_t i = 0; i < n; i++)
		json_element(j, m, f, i);
	jsonw_array_end(j);
}

void json_message(struct jsonw *j, const ProtobufCMessage *m)
{
	jsonw_object(j);
	for (unsigned i = 0; i < m->descriptor->n_fields; i++)
		json_field(j, m, &m->descriptor->fields[i]);
	jsonw_object_end(j);
}

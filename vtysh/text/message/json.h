/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message as JSON, by its descriptor alone: the field's name with '-' for '_' is the key, absent
 * fields are left out, repeated fields are always arrays.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>

struct jsonw;

void json_message(struct jsonw *j, const ProtobufCMessage *m);
/** Key and value, if there is one. */
void json_field(struct jsonw *j, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);
void json_key(struct jsonw *j, const ProtobufCFieldDescriptor *f);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a message by its descriptor: the part of protobuf-c's reflection that rendering needs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

/** Elements of a repeated field; 1 or 0 for others. */
size_t field_count(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);
/** Element i of a field, as the C type of the field at that address. i < field_count. */
const void *field_at(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i);
/** Element i of a field of messages. */
const ProtobufCMessage *field_message(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
	size_t i);
/** The repeated field of messages that makes a message a stream (the last one), or NULL. */
const ProtobufCFieldDescriptor *field_stream(const ProtobufCMessageDescriptor *type);
/** "peer_as" -> "peer-as" (or another separator); returns dst. */
char *field_name(const ProtobufCFieldDescriptor *f, char separator, char *dst, size_t size);
/** Value as plain text, numbers in decimal, "yes"/"no"; repeated ones with a blank between. */
void field_text(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, char *dst,
	size_t size);

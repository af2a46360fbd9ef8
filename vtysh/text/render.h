/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From reply messages to text. JSON follows from the message's descriptor alone: the field's name
 * with '-' for '_', absent fields left out, repeated fields always arrays, all chunks of a stream
 * one object with one array. Tables follow from the column lists of columns.c; what has none is
 * printed field by field.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

struct output;
struct render;

/**
 * type: of the messages that will come, so that an answer without chunks has its shape too.
 * Borrows o.
 */
struct render *render_new(struct output *o, bool json, const ProtobufCMessageDescriptor *type);
/** A part of the answer; messages of another type are ignored. */
void render_chunk(struct render *r, const ProtobufCMessage *msg);
/** Close what is open. complete: the answer ended well, so an empty one is shown as such. */
void render_end(struct render *r, bool complete);
void render_free(struct render *r);
/** One message as a JSON object on a line of its own. */
void render_line(struct output *o, const ProtobufCMessage *m);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message of a few hundred kilobytes can ask protobuf-c for tens of megabytes (each empty
 * submessage of two bytes becomes a struct and a pointer), so what is unpacked for others runs on
 * a budget. Frees are not counted back: protobuf-c frees only on failure, and the budget is for
 * one message.
 */
#include "proto/frame.h"

#include <stdlib.h>

#include "lib/base/compiler.h"

struct budget {
	size_t left;
};

static void *budget_alloc(void *data, size_t size)
{
	struct budget *b = data;

	if (size > b->left)
		return NULL;
	b->left -= size;
	return malloc(size);
}

static void budget_free(void *data UNUSED, void *p)
{
	free(p);
}

ProtobufCMessage *rpc_unpack(const ProtobufCMessageDescriptor *desc, const uint8_t *buf, size_t len)
{
	struct budget b = { .left = RPC_UNPACK_BUDGET };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &b };

	return protobuf_c_message_unpack(desc, &allocator, len, buf);
}

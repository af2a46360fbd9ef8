/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both ends of the management socket agree on besides proto/vbrd.proto: the frame, its
 * limits and a memory budget for unpacking what somebody else sent.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#define RPC_API_VERSION  1
#define RPC_FRAME_HEAD   4u          /* u32 big-endian: length of the message */
#define RPC_FRAME_MAX    (1u << 20)  /* bytes of a message; larger things come in parts */
#define RPC_CHUNK_ROUTES 256u        /* routes in one chunk of a stream */
#define RPC_CHUNK_TEXT   (64u << 10) /* bytes in one chunk of text */
#define RPC_UNPACK_BUDGET \
	(8u << 20) /* heap that one message may unpack to: 2-byte messages cost 50 */

static inline void rpc_frame_put(uint8_t head[RPC_FRAME_HEAD], uint32_t len)
{
	head[0] = (uint8_t)(len >> 24);
	head[1] = (uint8_t)(len >> 16);
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)len;
}

static inline uint32_t rpc_frame_get(const uint8_t head[RPC_FRAME_HEAD])
{
	return (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
}

/**
 * Unpack a message that is not trusted: NULL if it is malformed or would need more than
 * RPC_UNPACK_BUDGET. Free it with protobuf_c_message_free_unpacked(msg, NULL).
 */
ProtobufCMessage *rpc_unpack(const ProtobufCMessageDescriptor *desc, const uint8_t *buf,
	size_t len);

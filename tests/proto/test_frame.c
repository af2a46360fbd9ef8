/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/vbrd.pb-c.h"
#include "tests/cu_main.h"

static void head_is_big_endian_and_comes_back(void)
{
	uint8_t head[RPC_FRAME_HEAD];

	rpc_frame_put(head, 0x00012345);
	CU_ASSERT_EQUAL(head[0], 0x00);
	CU_ASSERT_EQUAL(head[1], 0x01);
	CU_ASSERT_EQUAL(head[2], 0x23);
	CU_ASSERT_EQUAL(head[3], 0x45);
	CU_ASSERT_EQUAL(rpc_frame_get(head), 0x00012345);
}

/* Each empty edit is two bytes on the wire: tag and length 0. */
static void message_that_unpacks_beyond_the_budget_is_refused(void)
{
	const size_t n = 300000;
	const size_t inner = 2 * n;
	uint8_t *buf = malloc(inner);
	ProtobufCMessage *msg;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
	for (size_t i = 0; i < n; i++) {
		buf[2 * i] = 0x0a; /* field 1, length-delimited */
		buf[2 * i + 1] = 0;
	}
	CU_ASSERT_PTR_NULL(rpc_unpack(&vbrd__config_edit__descriptor, buf, inner));
	msg = rpc_unpack(&vbrd__config_edit__descriptor, buf, 2000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	CU_ASSERT_EQUAL(((Vbrd__ConfigEdit *)msg)->n_edits, 1000);
	protobuf_c_message_free_unpacked(msg, NULL);
	free(buf);
}

static void random_bytes_unpack_or_fail_cleanly(void)
{
	enum {
		ROUNDS = 20000
	};
	uint8_t buf[64];
	int n_read = 0;

	for (int round = 0; round < ROUNDS; round++) {
		const uint32_t len = cu_random_below(sizeof(buf));
		ProtobufCMessage *msg;

		for (uint32_t i = 0; i < len; i++)
			buf[i] = (uint8_t)cu_random();
		msg = rpc_unpack(&vbrd__request__descriptor, buf, len);
		n_read += msg != NULL;
		if (msg)
			protobuf_c_message_free_unpacked(msg, NULL);
	}
	/* Some are messages by chance (an empty one always), most are none. */
	CU_ASSERT_TRUE(n_read > 0);
	CU_ASSERT_TRUE(n_read < ROUNDS / 2);
}

/* A frame that version 1 of the protocol wrote must be read for ever. */
static void golden_request_of_version_1_still_parses(void)
{
	static const uint8_t golden[] = { 0x08, 0x2a, 0x9a, 0x03, 0x16, 0x0a, 0x0c, 0x0a, 0x04, 'a',
		'c', 'm', 'e', 0x10, 0x01, 0x1a, 0x02, 'v', 'p', 0x10, 0x04, 0x20, 0x01, 0x30, 0x03,
		0x38, 0x01 };
	ProtobufCMessage *msg;
	const Vbrd__Request *req;

	msg = rpc_unpack(&vbrd__request__descriptor, golden, sizeof(golden) - 2);
	CU_ASSERT_PTR_NULL(msg); /* cut short */
	msg = rpc_unpack(&vbrd__request__descriptor, golden, sizeof(golden));
	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	req = (const Vbrd__Request *)msg;
	CU_ASSERT_EQUAL(req->id, 42);
	CU_ASSERT_EQUAL_FATAL(req->op_case, VBRD__REQUEST__OP_SHOW_BGP_ROUTES);
	CU_ASSERT_STRING_EQUAL(req->show_bgp_routes->instance->tenant, "acme");
	CU_ASSERT_EQUAL(req->show_bgp_routes->instance->kind, VBRD__INSTANCE__KIND__VPC);
	CU_ASSERT_EQUAL(req->show_bgp_routes->family, VBRD__FAMILY__IPV4);
	CU_ASSERT_EQUAL(req->show_bgp_routes->match, VBRD__MATCH__LONGER);
	CU_ASSERT_EQUAL(req->show_bgp_routes->view, VBRD__SHOW_BGP_ROUTES__VIEW__REJECTED);
	protobuf_c_message_free_unpacked(msg, NULL);
}

static const struct cu_case cases[] = {
	CU_CASE(head_is_big_endian_and_comes_back),
	CU_CASE(message_that_unpacks_beyond_the_budget_is_refused),
	CU_CASE(random_bytes_unpack_or_fail_cleanly),
	CU_CASE(golden_request_of_version_1_still_parses),
};

CU_SUITE(frame, cases);

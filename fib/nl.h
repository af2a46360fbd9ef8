/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A netlink route socket as the rest of fib/ wants it: extended acks with text, short acks, strict
 * filters for dumps, large buffers. Synchronous requests and dumps are here; the route writer,
 * which has many requests on the way, uses the file descriptor and the parsing helpers only. One
 * thread.
 *
 *	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
 *	struct nlmsghdr *h = nl_request(buf, RTM_NEWLINK, NLM_F_CREATE);
 *	... mnl_nlmsg_put_extra_header, mnl_attr_put ...
 *	ret = nl_talk(nl, h, text, sizeof(text));
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

#define NL_REQUEST_SIZE 8192      /* a request of any object of ours fits */
#define NL_RECV_SIZE    65536     /* largest datagram the kernel makes of a dump is 32 KiB */
#define NL_RCVBUF       (8 << 20) /* holds the acks and errors of all batches on the way */

struct nl;

/** Message of a dump, an answer or a notification. Non-zero stops the walk and is returned. */
typedef int (*nl_fn)(void *ctx, const struct nlmsghdr *nlh);

/** NULL with errno set. Close-on-exec, blocking. */
struct nl *nl_new(void);
/** The same for netfilter: what is in fib/nft. */
struct nl *nl_new_netfilter(void);
void nl_free(struct nl *nl);
int nl_fd(const struct nl *nl);
uint32_t nl_portid(const struct nl *nl);
/** Sequence number for a message of the caller's own. */
uint32_t nl_next_seq(struct nl *nl);
/** The first of n of them, one after the other. */
uint32_t nl_seqs(struct nl *nl, uint32_t n);

/**
 * Start a request in buf (NL_REQUEST_SIZE); NLM_F_REQUEST is added, the sequence comes at
 * sending.
 */
struct nlmsghdr *nl_request(void *buf, uint16_t type, uint16_t flags);

/**
 * Send and wait for the acknowledgement.
 *
 * @text  receives the kernel's words ("" if it gave none); may be NULL
 *
 * Returns 0 or -errno of the kernel.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, char *text, size_t size);
/** As nl_talk, for GET requests of one object: fn sees the answer. */
int nl_get(struct nl *nl, struct nlmsghdr *nlh, nl_fn fn, void *ctx);
/**
 * Dump: NLM_F_DUMP is added, fn sees each object. fn must not use the socket.
 *
 * Returns 0, -errno, what fn returned, or -EINTR when the table changed meanwhile and objects may
 * be missing (all that came was shown: ask again).
 */
int nl_dump(struct nl *nl, struct nlmsghdr *nlh, nl_fn fn, void *ctx);

/** Send messages as they are: the caller gave them sequence numbers, and reads the answers. */
int nl_send(struct nl *nl, const void *buf, size_t len);
/** Subscribe to a group RTNLGRP_x, or NFNLGRP_x. 0 or -errno. */
int nl_join(struct nl *nl, unsigned group);
/**
 * Read notifications without waiting: at most max datagrams. Returns 0 when nothing is left, 1 when
 * there may be more, -ENOBUFS when the kernel dropped some, or what fn returned.
 */
int nl_receive(struct nl *nl, unsigned max, nl_fn fn, void *ctx);

/**
 * Error of an NLMSG_ERROR (0 = ack, else -errno) with the extended text, "" if none; text
 * may be NULL.
 */
int nl_error(const struct nlmsghdr *nlh, char *text, size_t size);

/**
 * Attributes of a message by type, as pointers into it; types above max are left out. tb has max +
 * 1 places.
 */
void nl_attrs(const struct nlmsghdr *nlh, size_t header, const struct nlattr **tb, uint16_t max);
/** u32 of an attribute, or other if it is not there (or short). */
uint32_t nl_attr_u32_or(const struct nlattr *a, uint32_t other);
/** Attributes nested in a (NULL: none), as nl_attrs. */
void nl_nested(const struct nlattr *a, const struct nlattr **tb, uint16_t max);
/** Copy the head of the payload. False if there is no attribute, or it is short. */
bool nl_attr_copy(void *dst, size_t size, const struct nlattr *a);

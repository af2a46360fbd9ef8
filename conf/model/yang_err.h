/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only reader of libyang's errors: its sentences become ours, with path, line and what to
 * change.
 */
#pragma once

#include <libyang/libyang.h>

#include "lib/base/errbuf.h"

/** Move all errors that this thread has left in ctx to err. Adds one if there are none. */
void yang_err_take(const struct ly_ctx *ctx, struct errbuf *err);
/**
 * As yang_err_take, for errors of validating tree: libyang names a missing node by its schema
 * path only; the entries of the tree that lack it are looked up, so that the user reads which
 * ones.
 */
void yang_err_take_of(const struct ly_ctx *ctx, const struct lyd_node *tree, struct errbuf *err);
/** Forget them. */
void yang_err_drop(const struct ly_ctx *ctx);

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
/** Forget them. */
void yang_err_drop(const struct ly_ctx *ctx);

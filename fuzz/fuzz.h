/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all fuzz targets share. A target is one function; it is linked with libFuzzer to search
 * (--enable-fuzz, clang), or with replay_main.c to run its corpus inside `make check`.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold; also in builds without assertions. */
static inline void fuzz_check(int holds)
{
	if (!holds)
		abort();
}

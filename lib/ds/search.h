/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binary search in a sorted array that is also inserted into: bsearch(3) finds what is there, this
 * finds the place of what is not.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * Index of the first of n items of size octets that is not before key; n when all are.
 *
 * @cmp  as for bsearch: the key first, then a pointer to an item
 */
uint32_t search_lower(const void *key, const void *base, uint32_t n, size_t size,
	int (*cmp)(const void *key, const void *item));

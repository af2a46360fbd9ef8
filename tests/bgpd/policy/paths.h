/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS paths from their text, for tests.
 */
#pragma once

#include "bgpd/wire/attr.h"

/** "65001 65002 {1,2} (3 4) [5,6]" as octets in the arena. */
struct octets path_of(struct arena *a, const char *text);

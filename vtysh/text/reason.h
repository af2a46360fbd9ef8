/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reason codes (bgpd/rib/reason.h, and states of peering connections) as sentences.
 */
#pragma once

/** A clause such as "our own AS stands in its path"; the code itself if it has none. */
const char *reason_text(const char *code);

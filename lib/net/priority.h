/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priorities of sockets (SO_PRIORITY), in the numbers of the kernel's queueing disciplines: major
 * and minor number of the class that a packet belongs to, on a device that has it. Elsewhere the
 * low bits count, and 7 is what the kernel itself calls TC_PRIO_CONTROL.
 */
#pragma once

/** BGP and BFD: the first class of the scheduler (fib/tc/tc.h). A full line must not end them. */
#define PRIORITY_CONTROL 0x56430007U

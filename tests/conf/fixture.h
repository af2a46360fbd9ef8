/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small owner for the tests of conf/: writes down what it is told, fails when asked to, seals
 * secrets as hexadecimal digits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "conf/conf_node.h"
#include "lib/io/loop.h"
#include "tests/cu_main.h"

enum fixture_kind {
	KIND_SYSTEM,
	KIND_PORT,
	KIND_TENANT,
	KIND_VPC,
	KIND_VBR,
	KIND_PEER,
	KIND_PEERING,
};

struct fixture {
	struct conf *conf;
	struct errbuf err;
	char log[65536]; /* "create vbr /path", a line a change of the last apply */
	bool fail_validate;
	bool fail_prepare;
	uint32_t seen_local_as; /* the system's, looked up from the last change */
	uint32_t n_validate;
	uint32_t n_takes_back; /* of them */
	uint32_t n_prepare;
	uint32_t n_apply;
	uint32_t n_abort;
	char dir[64];      /* state directory, "" = in memory */
	struct loop *loop; /* owned, NULL = none */
};

const char *yang_dir(void);
/** In memory, or in a new directory under TMPDIR. */
void fixture_init(struct fixture *f, bool on_disk);
/** On disk, with a loop, which the test turns. */
void fixture_init_loop(struct fixture *f);
/** Close and open again, as a restart. */
void fixture_restart(struct fixture *f);
/** As a kill -9: the files stay as they are now, the shutdown's writes are lost. */
void fixture_crash(struct fixture *f);
/** Start with a file of this text in the fixture's directory; text NULL = no file. */
int fixture_start(struct fixture *f, const char *text, bool force, bool *from_snapshot);
void fixture_write(const char *path, const char *text);
void fixture_fini(struct fixture *f);
/** Load text (merge) and commit as user; 0 or -errno. */
int fixture_commit(struct fixture *f, const char *user, const char *text);
/** Running as text; to be freed. */
char *fixture_text(struct fixture *f);
/** Does one of the collected errors hold this? Clears them. */
bool fixture_error_has(struct fixture *f, const char *part);
/** Path in the state directory; static buffer. */
const char *fixture_file(const struct fixture *f, const char *name);

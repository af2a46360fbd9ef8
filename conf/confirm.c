/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A commit on probation belongs to the daemon, not to the session that made it: the deadline is
 * wall-clock time in a file, written before the commit. After a crash or a restart it still holds;
 * a clock that jumps is the lesser evil.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "conf/conf_int.h"
#include "lib/base/xalloc.h"

static void arm_timer(struct conf *c)
{
	const int64_t left = conf_confirm_left_s(c);

	if (c->p.loop != NULL)
		timer_start(&c->confirm_timer, left * INT64_C(1000000));
}

int confirm_arm(struct conf *c, uint64_t back_to, uint32_t seconds, struct errbuf *err)
{
	const time_t deadline = time(NULL) + seconds;
	const int rc = store_put_confirm(c->store, back_to, deadline, err);

	if (rc < 0)
		return rc;
	c->confirm_revision = back_to;
	c->confirm_deadline = deadline;
	c->confirm_pending = true;
	arm_timer(c);
	return 0;
}

void confirm_disarm(struct conf *c)
{
	c->confirm_pending = false;
	if (c->p.loop != NULL)
		timer_stop(&c->confirm_timer);
	store_drop_confirm(c->store);
}

/* Commit what was before; the file goes only after that, so that a crash in between tries again. */
static int roll_back(struct conf *c, const char *comment, struct errbuf *err)
{
	const uint32_t n = (uint32_t)(c->revision - c->confirm_revision);
	struct conf_session *s = conf_session_new(c, "vbrd");
	int rc = conf_rollback(s, n, err);

	c->takes_back = true;
	if (rc == 0)
		rc = session_run(s, &(struct conf_commit){ .comment = comment }, err);
	c->takes_back = false;
	conf_session_free(s);
	if (rc == 0)
		confirm_disarm(c);
	return rc;
}

void confirm_expired(void *ctx)
{
	struct conf *c = ctx;
	struct errbuf err;

	if (!c->confirm_pending)
		return;
	if (conf_confirm_left_s(c) > 0) {
		arm_timer(c);
		return;
	}
	errbuf_init(&err);
	if (roll_back(c, "not confirmed in time", &err) < 0 && c->p.loop != NULL)
		timer_start(&c->confirm_timer, INT64_C(5000000)); /* the owner refuses for now */
	errbuf_fini(&err);
}

int confirm_resume(struct conf *c, struct errbuf *err)
{
	uint64_t revision;
	time_t deadline;
	const int rc = store_get_confirm(c->store, &revision, &deadline, err);

	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	if (revision >= c->revision) {
		/* The process died before the commit itself. */
		confirm_disarm(c);
		return 0;
	}
	c->confirm_revision = revision;
	c->confirm_deadline = deadline;
	c->confirm_pending = true;
	if (conf_confirm_left_s(c) <= 0)
		return roll_back(c, "not confirmed in time", err);
	arm_timer(c);
	return 0;
}

static int want_pending(const struct conf *c, struct errbuf *err)
{
	if (c->confirm_pending)
		return 0;
	errbuf_add(err, NULL, 0, "no commit waits for a confirmation");
	return -ENOENT;
}

int conf_confirm(struct conf *c, struct errbuf *err)
{
	const int rc = want_pending(c, err);

	if (rc == 0)
		confirm_disarm(c);
	return rc;
}

int conf_cancel(struct conf *c, struct errbuf *err)
{
	const int rc = want_pending(c, err);

	return rc < 0 ? rc : roll_back(c, "cancelled", err);
}

bool conf_takes_back(const struct conf *c)
{
	return c->takes_back;
}

int64_t conf_confirm_left_s(const struct conf *c)
{
	int64_t left;

	if (!c->confirm_pending)
		return -1;
	left = (int64_t)(c->confirm_deadline - time(NULL));
	return left > 0 ? left : 0;
}

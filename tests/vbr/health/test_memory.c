/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of dead ways over a restart: itself, and nothing that is damaged.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "vbr/health/memory.h"

static struct health_way way(bool is_vbr, const char *tenant, const char *name, const char *target)
{
	struct health_way w = { .is_vbr = is_vbr };

	strcpy(w.tenant, tenant);
	strcpy(w.name, name);
	CU_ASSERT_EQUAL(ip_parse(target, &w.target), 0);
	return w;
}

static int load_text(const char *text, struct health_memory *m)
{
	const char *dir = dir_new();
	int ret;

	dir_write(dir, "dead-ways", text, strlen(text));
	ret = health_memory_load(m, dir_file(dir, "dead-ways"));
	dir_remove(dir);
	return ret;
}

static void what_was_written_is_read_again(void)
{
	const struct health_way a = way(true, "acme", "hz-a", "10.0.0.2");
	const struct health_way b = way(false, "acme", "hz-a-prod", "fd00:1::1");
	const char *dir = dir_new();
	struct health_memory m = { 0 };

	health_memory_add(&m, &a);
	health_memory_add(&m, &b);
	CU_ASSERT_EQUAL(health_memory_save(&m, dir_file(dir, "dead-ways")), 0);
	health_memory_fini(&m);
	CU_ASSERT_FALSE(health_memory_has(&m, &a));
	CU_ASSERT_EQUAL(health_memory_load(&m, dir_file(dir, "dead-ways")), 0);
	CU_ASSERT_EQUAL(m.n, 2);
	CU_ASSERT(health_memory_has(&m, &a));
	CU_ASSERT(health_memory_has(&m, &b));
	health_memory_fini(&m);
	dir_remove(dir);
}

static void another_way_is_not_meant(void)
{
	const struct health_way was = way(true, "acme", "hz-a", "10.0.0.2");
	const struct health_way others[] = {
		way(false, "acme", "hz-a", "10.0.0.2"),
		way(true, "globex", "hz-a", "10.0.0.2"),
		way(true, "acme", "hz-b", "10.0.0.2"),
		way(true, "acme", "hz-a", "10.0.0.3"),
	};
	struct health_memory m = { 0 };

	health_memory_add(&m, &was);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		CU_ASSERT_FALSE(health_memory_has(&m, &others[i]));
	health_memory_fini(&m);
}

static void without_a_file_nothing_is_dead(void)
{
	const char *dir = dir_new();
	struct health_memory m;

	CU_ASSERT_EQUAL(health_memory_load(&m, dir_file(dir, "dead-ways")), 0);
	CU_ASSERT_EQUAL(m.n, 0);
	dir_remove(dir);
}

static void a_damaged_file_is_told_and_forgotten(void)
{
	static const char *const bad[] = {
		"vbr acme hz-a 10.0.0.2\nvbr acme hz-b\n",
		"vbr acme hz-a 10.0.0.2\nvpc acme hz-b 10.0.0.2\n",
		"vbr acme hz-a 10.0.0\n",
		"\x01\x02",
	};
	struct health_memory m;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CU_ASSERT_EQUAL(load_text(bad[i], &m), -EBADMSG);
		CU_ASSERT_EQUAL(m.n, 0);
	}
	CU_ASSERT_EQUAL(load_text("vbr acme hz-a 10.0.0.2\n", &m), 0);
	CU_ASSERT_EQUAL(m.n, 1);
	health_memory_fini(&m);
}

static void what_cannot_be_written_leaves_the_file(void)
{
	const struct health_way a = way(true, "acme", "hz-a", "10.0.0.2");
	const char *dir = dir_new();
	struct health_memory m = { 0 };

	health_memory_add(&m, &a);
	CU_ASSERT_EQUAL(health_memory_save(&m, dir_file(dir, "dead-ways")), 0);
	health_memory_fini(&m);
	CU_ASSERT_EQUAL_FATAL(mkdir(dir_file(dir, "dead-ways.new"), 0700), 0);
	CU_ASSERT_EQUAL(health_memory_save(&m, dir_file(dir, "dead-ways")), -EISDIR);
	CU_ASSERT_EQUAL(rmdir(dir_file(dir, "dead-ways.new")), 0);
	CU_ASSERT_EQUAL(health_memory_load(&m, dir_file(dir, "dead-ways")), 0);
	CU_ASSERT(health_memory_has(&m, &a));
	health_memory_fini(&m);
	dir_remove(dir);
}

static const struct cu_case cases[] = {
	CU_CASE(what_was_written_is_read_again),
	CU_CASE(another_way_is_not_meant),
	CU_CASE(without_a_file_nothing_is_dead),
	CU_CASE(a_damaged_file_is_told_and_forgotten),
	CU_CASE(what_cannot_be_written_leaves_the_file),
};

CU_SUITE(memory, cases);

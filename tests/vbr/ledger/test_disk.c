/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks that are full, break, or hold something else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "tests/vbr/ledger/disk.h"
#include "tests/vbr/ledger/kit.h"

/*
 * The n-th operation fails, for each n until a sample comes through without it. Whatever was lost
 * with a sample is in the next one.
 */
static void each_place_fails(enum disk_mode mode, int want, const char *words)
{
	const char *dir = dir_new();
	struct ledger *l = ledger_new(dir_file(dir, "ledger.db"));
	uint32_t failures = 0;
	struct kit k;

	kit_init(&k);
	kit_sample(&k, l);
	for (uint32_t n = 1; n < 500; n++) {
		struct errbuf err;
		int ret;

		errbuf_init(&err);
		kit_pass(&k, 1800);
		for (uint32_t i = 0; i < KIT_METERS; i++)
			kit_move(&k, i, cu_random(), cu_random());
		disk_set(mode, n);
		ret = kit_write(&k, l, -1, &err);
		if (ret < 0) {
			failures++;
			CU_ASSERT_EQUAL(ret, want);
			CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), words));
		}
		disk_set(DISK_GOOD, 0);
		errbuf_fini(&err);
		CU_ASSERT_EQUAL_FATAL(kit_fault(l, NULL), LEDGER_SOUND);
		if (ret == 0)
			break;
	}
	kit_pass(&k, 300);
	kit_sample(&k, l);
	for (uint32_t i = 0; i < KIT_METERS; i++) {
		const struct meter_counts c = kit_counted(l, &k.m[i]);

		CU_ASSERT_EQUAL(memcmp(&c, &k.m[i].truth, sizeof(c)), 0);
	}
	CU_ASSERT_TRUE(kit_is_sound(&k, l));
	CU_ASSERT_TRUE(failures > 3);
	ledger_free(l);
	dir_remove(dir);
}

static void a_full_disk_loses_nothing(void)
{
	each_place_fails(DISK_FULL, -ENOSPC, "the disk is full");
}

static void a_broken_disk_loses_nothing(void)
{
	each_place_fails(DISK_BROKEN, -EIO, "the disk fails");
}

static void what_is_no_ledger_is_named_and_left_alone(void)
{
	const char *dir = dir_new();
	struct ledger *l = ledger_new(dir_file(dir, "ledger.db"));
	struct errbuf err;
	struct kit k;

	kit_init(&k);
	errbuf_init(&err);
	for (int i = 0; i < 100; i++)
		dir_write(dir, "ledger.db",
			"this is somebody's letter, and it is not short enough "
			"to be an empty file, nor does it begin as a database does",
			110);
	CU_ASSERT_EQUAL(kit_write(&k, l, -1, &err), -EUCLEAN);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "it is no ledger: put back a copy"));
	CU_ASSERT_EQUAL(unlink(dir_file(dir, "ledger.db")), 0);
	kit_sample(&k, l); /* what was said is true: a new one begins */
	ledger_free(l);
	errbuf_fini(&err);
	dir_remove(dir);
}

static void a_place_that_cannot_be_written_is_named(void)
{
	const char *dir = dir_new();
	struct ledger *l = ledger_new(dir_file(dir, "no/such/ledger.db"));
	struct errbuf err;
	struct kit k;

	kit_init(&k);
	errbuf_init(&err);
	CU_ASSERT_EQUAL(kit_write(&k, l, -1, &err), -EACCES);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&err), "it cannot be opened"));
	ledger_free(l);
	errbuf_fini(&err);
	dir_remove(dir);
}

static const struct cu_case cases[] = {
	CU_CASE(a_full_disk_loses_nothing),
	CU_CASE(a_broken_disk_loses_nothing),
	CU_CASE(what_is_no_ledger_is_named_and_left_alone),
	CU_CASE(a_place_that_cannot_be_written_is_named),
};

CU_SUITE(ledger_disk, cases);

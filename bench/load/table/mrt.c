/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as files of MRT, type TABLE_DUMP_V2 (RFC 6396 4.3). One pass counts the routes of each
 * peer when none was named, the next takes those of one. Equal sets of attributes are found again
 * by hash, for the file repeats them with every prefix. The first AS of a path is dropped: the
 * sender stands in for it. Records that break off end the file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/load/table/table.h"

enum {
	MRT_HEADER = 12,
	MRT_TABLE_DUMP_V2 = 13,
	MRT_PEER_INDEX_TABLE = 1,
	MRT_RIB_IPV4_UNICAST = 2,
	MRT_RIB_IPV6_UNICAST = 4,
	MRT_PEERS = 65536,
	OTHERS_MAX = 3000, /* octets of attributes beside the path, so that an UPDATE holds them */
	ONE_MAX = 2000,
	SETS = 1 << 22 /* places in the hash table of attribute sets */
};

struct reader {
	struct table *table;
	uint32_t *set;   /* number + 1 */
	int peer;        /* -1: count */
	uint32_t *count; /* routes of each peer */
	uint32_t got[2], max[2];
};

static void take_path(struct attrs_value *v, const uint8_t *path, int n)
{
	v->path_len = 0;
	if (n >= 4000 || n < 6 || path[0] != AS_SEQUENCE)
		return;
	if (path[1] > 1) {
		v->path[v->path_len++] = AS_SEQUENCE;
		v->path[v->path_len++] = path[1] - 1;
	}
	memcpy(v->path + v->path_len, path + 6, n - 6);
	v->path_len += n - 6;
}

/* Sorted and each once, without the well-known ones that would keep a route from going on. */
static int take_communities(uint8_t *out, const uint8_t *value, int n)
{
	uint32_t c[ONE_MAX / 4];
	int kept = 0;

	for (int k = 0; k < n / 4; k++)
		c[k] = get32(value + 4 * k);
	qsort(c, n / 4, sizeof *c, compare_u32);
	for (int k = 0; k < n / 4; k++)
		if (c[k] < 0xffffff00u && (!kept || c[k] != c[kept - 1]))
			c[kept++] = c[k];
	for (int k = 0; k < kept; k++)
		put32(out + 4 * k, c[k]);
	return 4 * kept;
}

static bool is_kept(int type)
{
	return type == ATTR_MED || type == ATTR_EXT_COMMUNITIES || attr_is_checked(type);
}

static void take_other(struct attrs_value *v, const uint8_t *attr, const uint8_t *value, int n)
{
	uint8_t list[ONE_MAX], flags = attr[0] & (ATTR_OPTIONAL | ATTR_TRANSITIVE | 0x20);

	if (n > ONE_MAX)
		n = ONE_MAX / 96 * 96; /* whole communities of any kind */
	if (attr[1] == ATTR_COMMUNITIES) {
		n = take_communities(list, value, n);
		value = list;
		flags &= ~0x20;
		if (!n)
			return;
	}
	if (v->other_len + n + 4 < OTHERS_MAX)
		v->other_len += attr_put(v->other + v->other_len, flags, attr[1], value, n);
}

static uint32_t find_or_add(struct reader *r, const struct attrs_value *v)
{
	struct table *t = r->table;
	uint64_t h = hash_bytes(hash_bytes(v->origin, v->path, v->path_len), v->other,
		v->other_len);
	uint32_t k = (uint32_t)h & (SETS - 1), n;

	for (; r->set[k]; k = (k + 1) & (SETS - 1)) {
		const struct attrs *a = &t->attrs[r->set[k] - 1];
		const uint8_t *at = t->arena + a->off;

		if (a->origin == v->origin && a->path_len == v->path_len &&
			a->other_len == v->other_len && !memcmp(at, v->path, v->path_len) &&
			!memcmp(at + v->path_len, v->other, v->other_len))
			return r->set[k] - 1;
	}
	n = table_add_attrs(t, v);
	r->set[k] = n + 1;
	return n;
}

/* The attributes of one entry; returns the number of their set or TABLE_NONE. */
static uint32_t read_attrs(struct reader *r, const uint8_t *p, int n)
{
	struct attrs_value v;

	v.path_len = v.other_len = v.origin = 0;
	for (int i = 0; i + 3 <= n;) {
		int head = p[i] & ATTR_EXTENDED ? 4 : 3, type = p[i + 1];
		int len = head == 4 ? get16(p + i + 2) : p[i + 2];
		const uint8_t *value = p + i + head;

		if (i + head + len > n)
			return TABLE_NONE;
		if (type == ATTR_ORIGIN && len == 1)
			v.origin = *value;
		else if (type == ATTR_AS_PATH)
			take_path(&v, value, len);
		else if (is_kept(type))
			take_other(&v, p + i, value, len);
		i += head + len;
	}
	return find_or_add(r, &v);
}

/* An entry of a record for prefix p, length first. */
static void read_entry(struct reader *r, int af, const uint8_t *p, const uint8_t *entry)
{
	uint32_t peer = get16(entry), attrs;
	int six = af == 6;

	if (r->peer < 0) {
		r->count[peer]++;
		return;
	}
	if ((int)peer != r->peer || r->got[six] >= r->max[six])
		return;
	attrs = read_attrs(r, entry + 8, get16(entry + 6));
	if (attrs == TABLE_NONE)
		return;
	table_add_prefix(r->table, af, p + 1, p[0], attrs);
	r->got[six]++;
}

static void read_record(struct reader *r, const uint8_t *m, const uint8_t *end)
{
	uint32_t subtype = get16(m + 6);
	int af = subtype == MRT_RIB_IPV4_UNICAST ? 4 : 6, octets, n;
	const uint8_t *p = m + MRT_HEADER + 4, *q;

	if (get16(m + 4) != MRT_TABLE_DUMP_V2 || end - m < MRT_HEADER + 7 ||
		(subtype != MRT_RIB_IPV4_UNICAST && subtype != MRT_RIB_IPV6_UNICAST))
		return;
	octets = (p[0] + 7) / 8;
	if (p[0] > (af == 4 ? 32 : 128) || p + 1 + octets + 2 > end)
		return;
	n = get16(p + 1 + octets);
	q = p + 1 + octets + 2;
	for (int i = 0; i < n && q + 8 <= end; i++, q += 8 + get16(q + 6)) {
		if (q + 8 + get16(q + 6) > end)
			return;
		read_entry(r, af, p, q);
	}
}

static void read_records(struct reader *r, const uint8_t *m, size_t size)
{
	size_t len;

	for (size_t at = 0; at + MRT_HEADER <= size; at += len) {
		len = MRT_HEADER + (size_t)get32(m + at + 8);
		if (at + len > size)
			return;
		read_record(r, m + at, m + at + len);
	}
}

static int fullest_peer(const uint32_t *count)
{
	int peer = 0;

	for (int i = 1; i < MRT_PEERS; i++)
		if (count[i] > count[peer])
			peer = i;
	return peer;
}

void mrt_read(struct table *t, const char *file, int peer, const uint32_t max[2])
{
	struct reader r = { .table = t, .peer = peer < 0 ? -1 : peer, .max = { max[0], max[1] } };
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *m;

	if (fd < 0 || fstat(fd, &st))
		die("%s: %s", file, strerror(errno));
	m = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m == MAP_FAILED)
		die("%s: mmap: %s", file, strerror(errno));
	r.count = xalloc(MRT_PEERS * sizeof *r.count);
	r.set = xalloc(SETS * sizeof *r.set);
	if (r.peer < 0) {
		read_records(&r, m, st.st_size);
		r.peer = fullest_peer(r.count);
	}
	read_records(&r, m, st.st_size);
	munmap(m, st.st_size);
	close(fd);
	free(r.set);
	free(r.count);
}

/* The header; its length is put in by write_record(). */
static void begin_record(uint8_t *m, int subtype)
{
	memset(m, 0, MRT_HEADER);
	put16(m + 4, MRT_TABLE_DUMP_V2);
	put16(m + 6, subtype);
}

static void write_record(FILE *f, uint8_t *m, int n)
{
	put32(m + 8, n - MRT_HEADER);
	fwrite(m, 1, n, f);
}

enum {
	WRITER_AS = 64512,
	WRITER_ADDRESS = 0xc0000201u /* 192.0.2.1 */
};

/* One peer; its address, as its identifier and the collector's. */
static void write_peers(FILE *f)
{
	uint8_t m[64];

	begin_record(m, MRT_PEER_INDEX_TABLE);
	put32(m + 12, WRITER_ADDRESS);
	put16(m + 16, 0);
	put16(m + 18, 1);
	m[20] = 2; /* IPv4 address, AS of four octets */
	put32(m + 21, WRITER_ADDRESS);
	put32(m + 25, WRITER_ADDRESS);
	put32(m + 29, WRITER_AS);
	write_record(f, m, 33);
}

static int write_attrs(const struct table *t, const struct prefix *p, uint8_t *out)
{
	static const uint8_t hop4[4] = { 192, 0, 2, 1 };
	/* RFC 6396 4.3.4: only the next hop of MP_REACH, with its length */
	static const uint8_t hop6[17] = { 16, 0x20, 1, 0xd, 0xb8 };
	const struct attrs *a = &t->attrs[p->attrs];
	uint8_t path[4200];
	int n = attr_put(out, ATTR_TRANSITIVE, ATTR_ORIGIN, &a->origin, 1);

	n += attr_put(out + n, ATTR_TRANSITIVE, ATTR_AS_PATH, path,
		attr_prepend(t, a, WRITER_AS, 1, path));
	if (p->af == 4)
		n += attr_put(out + n, ATTR_TRANSITIVE, ATTR_NEXT_HOP, hop4, sizeof hop4);
	else
		n += attr_put(out + n, ATTR_OPTIONAL, ATTR_MP_REACH, hop6, sizeof hop6);
	memcpy(out + n, t->arena + a->off + a->path_len, a->other_len);
	return n + a->other_len;
}

void mrt_write(const struct table *t, const char *file)
{
	FILE *f = fopen(file, "w");
	uint8_t m[9000];

	if (!f)
		die("%s: %s", file, strerror(errno));
	write_peers(f);
	for (uint32_t i = 0; i < t->n_prefixes; i++) {
		const struct prefix *p = &t->prefix[i];
		int n = MRT_HEADER, octets = (p->len + 7) / 8, len;

		begin_record(m, p->af == 4 ? MRT_RIB_IPV4_UNICAST : MRT_RIB_IPV6_UNICAST);
		put32(m + n, i);
		m[n + 4] = p->len;
		memcpy(m + n + 5, p->addr, octets);
		n += 5 + octets;
		put16(m + n, 1);         /* entries */
		memset(m + n + 2, 0, 6); /* peer 0, at the beginning of time */
		n += 10;
		len = write_attrs(t, p, m + n);
		put16(m + n - 2, len);
		write_record(f, m, n + len);
	}
	if (fclose(f))
		die("%s: %s", file, strerror(errno));
}

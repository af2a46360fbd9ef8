/* SPDX-License-Identifier: Apache-2.0 */
/* bgpblast - BGP load generator and checker.  See README.md.
 * Build: cc -O2 -march=native -pthread -o bgpblast bgpblast.c -lm
 *
 * One process plays S sender peers and R receiver peers against a device
 * under test (DUT).  All UPDATE streams are encoded before the clock starts.
 * Every receiver keeps one 64-bit cell per prefix (which sender's path it
 * holds, hash of the AS path, hash of the other attributes), so that at the
 * end of each phase the complete received set is checked, not just counted.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define NOID    0xffffffffu
#define MAXPID  64
#define RXBUF   (1 << 20)
#define LATRECV 4

static void die(const char *f, ...)
{
	va_list ap;
	va_start(ap, f);
	fprintf(stderr, "bgpblast: ");
	vfprintf(stderr, f, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

static void *xalloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);
	if (!p)
		die("out of memory (%zu)", n);
	return p;
}

static void *xrealloc(void *p, size_t n)
{
	p = realloc(p, n);
	if (!p)
		die("out of memory (%zu)", n);
	return p;
}

static u64 now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000ull + t.tv_nsec;
}

static u64 rng_state = 1;
static u64 rnd(void)
{
	u64 z = (rng_state += 0x9e3779b97f4a7c15ull);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}
static u32 rndn(u32 n)
{
	return (u32)(((rnd() >> 32) * n) >> 32);
}
static double rndf(void)
{
	return (rnd() >> 11) * (1.0 / 9007199254740992.0);
}

static u64 mix(u64 h, u64 v)
{
	h ^= v + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
	h *= 0xff51afd7ed558ccdull;
	return h ^ (h >> 32);
}
static u64 hbytes(u64 h, const u8 *p, size_t n)
{
	while (n >= 8) {
		u64 v;
		memcpy(&v, p, 8);
		h = mix(h, v);
		p += 8, n -= 8;
	}
	if (n) {
		u64 v = 0;
		memcpy(&v, p, n);
		h = mix(h, v ^ ((u64)n << 56));
	}
	return h;
}
static u16 g16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}
static u32 g32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}
static void p16(u8 *p, u32 v)
{
	p[0] = v >> 8, p[1] = v;
}
static void p32(u8 *p, u32 v)
{
	p[0] = v >> 24, p[1] = v >> 16, p[2] = v >> 8, p[3] = v;
}

/* ------------------------------------------------------------------ options */

static struct {
	struct sockaddr_storage dut, slocal, rlocal;
	bool rlocal_set, listen, disjoint, diverse, both, transparent, noverify, verbose;
	int port, senders, receivers, threads, pack, sndbuf, rcvbuf, nvias;
	u32 sas, ras, dutas;
	u32 p4, p6;
	u64 seed;
	int hold;
	double quiet, timeout, settle;
	const char *mrt, *wmrt, *dump, *stream, *phases, *label;
	int mrtpeer;
	u8 nh4[4], nh6[16];
	bool nh4_set, nh6_set;
	int pids[MAXPID], npids;
} O = { .port = 179,
	.senders = 1,
	.receivers = 1,
	.threads = 2,
	.sas = 64512,
	.ras = 4200000000u,
	.p4 = 1000,
	.seed = 1,
	.hold = 180,
	.quiet = 1.0,
	.timeout = 600,
	.mrtpeer = -1,
	.phases = "converge",
	.label = "",
	.settle = 0.5 };

/* ---------------------------------------------------------- routes: storage */

struct pfx {
	u8 a[16];
	u32 aset;
	u8 len, af;
};
struct aset {           /* attributes without sender AS and next hop */
	u32 off;        /* arena offset: aspath, then other attributes */
	u16 plen, olen; /* lengths of these */
	u8 origin;
	u16 hops;   /* AS path length for best-path selection */
	u32 ph, ah; /* 24 bit hashes */
};

static struct pfx *P;
static u32 NP, NPcap;
static struct aset *A;
static u32 NA, NAcap;
static u8 *arena;
static size_t arlen, arcap;
static u32 *order; /* send order of prefix ids, grouped by attribute set */
static u32 *opos;  /* inverse: position of id in order */

static u64 *v4bits; /* 2^25 bits: prefix of length <= 24 present */
static u32 *v4rank;
static u32 *htab; /* everything else: open addressing, id+1 */
static u32 hmask;

static size_t ar_put(const void *p, size_t n)
{
	if (arlen + n > arcap)
		arena = xrealloc(arena, arcap = (arcap + n) * 2);
	if (n)
		memcpy(arena + arlen, p, n);
	arlen += n;
	return arlen - n;
}

/* Hash of an AS path value; skip = ASNs to leave out at the front. */
static u32 path_hash(const u8 *p, int n, int skip)
{
	u64 h = 77;
	if (n >= 2 && p[0] == 2) {
		int c = p[1];
		if (2 + 4 * c > n)
			return 0;
		if (skip < c)
			h = hbytes(h, p + 2 + 4 * skip, 4 * (c - skip));
		p += 2 + 4 * c, n -= 2 + 4 * c;
	}
	if (n)
		h = hbytes(h, p, n);
	return (u32)(h & 0xffffff);
}

static bool attr_checked(int type)
{
	return type == 6 || type == 7 || type == 8 || type == 32;
}
static u64 attr_hash1(int type, const u8 *p, int n)
{
	return hbytes(1000 + type, p, n) * 0x9e3779b97f4a7c15ull;
}
static u32 attr_fold(u64 h)
{
	return (u32)((h ^ (h >> 29)) & 0xffffff);
}

static u32 add_aset(const u8 *path, int plen, const u8 *oth, int olen, u8 origin)
{
	if (NA == NAcap)
		A = xrealloc(A, (NAcap = NAcap ? NAcap * 2 : 1024) * sizeof *A);
	struct aset *a = &A[NA];
	a->off = ar_put(path, plen);
	ar_put(oth, olen);
	a->plen = plen, a->olen = olen, a->origin = origin;
	a->hops = 0;
	for (int i = 0; i + 2 <= plen; i += 2 + 4 * path[i + 1])
		a->hops += path[i] == 2 ? path[i + 1] : 1;
	a->ph = path_hash(path, plen, 0);
	u64 h = attr_hash1(1, &origin, 1);
	for (int i = 0; i + 3 <= olen;) {
		int hl = oth[i] & 0x10 ? 4 : 3;
		int n = hl == 4 ? g16(oth + i + 2) : oth[i + 2];
		if (attr_checked(oth[i + 1]))
			h += attr_hash1(oth[i + 1], oth + i + hl, n);
		i += hl + n;
	}
	a->ah = attr_fold(h);
	return NA++;
}

static u32 add_pfx(int af, const u8 *addr, int len, u32 aset)
{
	if (NP == NPcap)
		P = xrealloc(P, (NPcap = NPcap ? NPcap * 2 : 4096) * sizeof *P);
	struct pfx *p = &P[NP];
	memset(p, 0, sizeof *p);
	memcpy(p->a, addr, (len + 7) / 8);
	if (len & 7)
		p->a[len / 8] &= 0xff << (8 - (len & 7));
	p->af = af, p->len = len, p->aset = aset;
	return NP++;
}

static u64 pfx_key(int af, const u8 *a, int len)
{
	return hbytes(af * 256 + len, a, af == 4 ? 4 : 16);
}

static u32 h_find(int af, const u8 *a, int len)
{
	if (!htab)
		return NOID;
	for (u32 i = (u32)pfx_key(af, a, len) & hmask;; i = (i + 1) & hmask) {
		u32 v = htab[i];
		if (!v)
			return NOID;
		struct pfx *p = &P[v - 1];
		if (p->af == af && p->len == len && !memcmp(p->a, a, af == 4 ? 4 : 16))
			return v - 1;
	}
}

static u32 v4idx(const u8 *a, int len)
{
	return (1u << len) | (len ? g32(a) >> (32 - len) : 0);
}

static int cmp_pfx(const void *x, const void *y)
{
	const struct pfx *a = x, *b = y;
	bool sa = a->af == 4 && a->len <= 24, sb = b->af == 4 && b->len <= 24;
	if (sa != sb)
		return sa ? -1 : 1;
	if (sa) {
		u32 i = v4idx(a->a, a->len), j = v4idx(b->a, b->len);
		return i < j ? -1 : i > j;
	}
	if (a->af != b->af)
		return a->af - b->af;
	if (a->len != b->len)
		return a->len - b->len;
	return memcmp(a->a, b->a, 16);
}

/* Sort prefixes into id order, drop duplicates, build both lookup structures
 * and the send order (attribute groups shuffled). */
static void build_index(void)
{
	qsort(P, NP, sizeof *P, cmp_pfx);
	u32 n = 0;
	for (u32 i = 0; i < NP; i++)
		if (!n || cmp_pfx(&P[n - 1], &P[i]))
			P[n++] = P[i];
	NP = n;
	size_t nb = (1u << 25) / 8;
	v4bits = aligned_alloc(1 << 21, nb);
	madvise(v4bits, nb, MADV_HUGEPAGE);
	memset(v4bits, 0, nb);
	v4rank = aligned_alloc(1 << 21, nb / 2);
	madvise(v4rank, nb / 2, MADV_HUGEPAGE);
	u32 nh = 0;
	for (u32 i = 0; i < NP; i++)
		if (P[i].af == 4 && P[i].len <= 24) {
			u32 x = v4idx(P[i].a, P[i].len);
			v4bits[x >> 6] |= 1ull << (x & 63);
		} else
			nh++;
	u32 r = 0;
	for (u32 w = 0; w < (1u << 25) / 64; w++) {
		v4rank[w] = r;
		r += __builtin_popcountll(v4bits[w]);
	}
	if (nh) {
		u32 sz = 1024;
		while (sz < nh * 2)
			sz *= 2;
		htab = xalloc(sz * sizeof *htab);
		hmask = sz - 1;
		for (u32 i = 0; i < NP; i++)
			if (!(P[i].af == 4 && P[i].len <= 24)) {
				u32 k = (u32)pfx_key(P[i].af, P[i].a, P[i].len) & hmask;
				while (htab[k])
					k = (k + 1) & hmask;
				htab[k] = i + 1;
			}
	}
	/* counting sort by shuffled attribute set number */
	u32 *perm = xalloc((size_t)NA * 4 + 4), *cnt = xalloc((size_t)NA * 4 + 8);
	for (u32 i = 0; i < NA; i++)
		perm[i] = i;
	for (u32 i = NA; i > 1; i--) {
		u32 j = rndn(i), t = perm[i - 1];
		perm[i - 1] = perm[j], perm[j] = t;
	}
	for (u32 i = 0; i < NP; i++)
		cnt[perm[P[i].aset] + 1]++;
	for (u32 i = 0; i < NA; i++)
		cnt[i + 1] += cnt[i];
	order = xalloc((size_t)NP * 4), opos = xalloc((size_t)NP * 4);
	for (u32 i = 0; i < NP; i++) {
		opos[i] = cnt[perm[P[i].aset]]++;
		order[opos[i]] = i;
	}
	free(perm), free(cnt);
}

/* -------------------------------------------------------- routes: synthesis */

/* Shares of prefix lengths as seen in public tables (per million / per 220k). */
static const u32 dist4[25] = { [8] = 16,
	[9] = 14,
	[10] = 40,
	[11] = 105,
	[12] = 300,
	[13] = 595,
	[14] = 1200,
	[15] = 2100,
	[16] = 13700,
	[17] = 8500,
	[18] = 14000,
	[19] = 25500,
	[20] = 46000,
	[21] = 54000,
	[22] = 112000,
	[23] = 101000,
	[24] = 620930 };
static const u32 dist6[49] = { [19] = 2,
	[20] = 20,
	[21] = 5,
	[22] = 8,
	[23] = 6,
	[24] = 40,
	[25] = 8,
	[26] = 16,
	[27] = 22,
	[28] = 140,
	[29] = 5600,
	[30] = 700,
	[31] = 350,
	[32] = 25500,
	[33] = 3600,
	[34] = 2900,
	[35] = 1500,
	[36] = 9800,
	[37] = 1000,
	[38] = 2400,
	[39] = 2700,
	[40] = 19500,
	[41] = 1100,
	[42] = 4600,
	[43] = 1500,
	[44] = 20500,
	[45] = 1900,
	[46] = 8800,
	[47] = 6800,
	[48] = 99000 };

static int pick_len(const u32 *d, int n)
{
	u64 t = 0;
	for (int i = 0; i < n; i++)
		t += d[i];
	u64 x = (u64)(rndf() * t);
	for (int i = 0; i < n; i++) {
		if (x < d[i])
			return i;
		x -= d[i];
	}
	return n - 1;
}

static bool bogon4(u32 a, int len)
{
	static const struct {
		u32 a;
		int l;
	} b[] = { { 0x00000000, 8 }, { 0x0a000000, 8 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 },
		{ 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0a80000, 16 },
		{ 0x64400000, 10 }, { 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 },
		{ 0xe0000000, 3 } };
	for (size_t i = 0; i < sizeof b / sizeof *b; i++) {
		int l = len < b[i].l ? len : b[i].l;
		if (!((a ^ b[i].a) >> (32 - l)))
			return true;
	}
	return false;
}

static u32 pick_asn(void)
{
	for (;;) {
		u32 x = rndn(10) < 6 ? 1 + rndn(64000) : 131072 + rndn(270000);
		if (x != 23456 && x < 64496)
			return x;
		if (x >= 131072)
			return x;
	}
}

static int cmp_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;
	return x < y ? -1 : x > y;
}

static u32 transit[60], origins[80000];

static int put_attr(u8 *b, u8 flags, u8 type, const u8 *v, int n)
{
	b[0] = n > 255 ? flags | 0x10 : flags;
	b[1] = type;
	int h = 3;
	if (n > 255)
		p16(b + 2, n), h = 4;
	else
		b[2] = n;
	memcpy(b + h, v, n);
	return h + n;
}

/* One synthetic attribute set: path, origin, communities and the like. */
static u32 synth_aset(void)
{
	/* share of hops in the base path, i.e. without the sender's own AS */
	static const u32 hl[] = { 0, 50, 220, 320, 220, 110, 40, 20, 8, 5, 3, 2, 1, 1 };
	u8 path[256], oth[2048];
	u32 as[64];
	int n = pick_len(hl, sizeof hl / sizeof *hl), ol = 0;
	u32 org = origins[rndn(sizeof origins / sizeof *origins)];
	for (int i = 0; i < n - 1; i++)
		as[i] = i < 2 ? transit[(u32)(60 * rndf() * rndf())] :
				origins[rndn(sizeof origins / sizeof *origins)];
	as[n - 1] = org;
	if (n > 2 && rndn(100) < 12) /* origin prepending */
		as[n - 2] = org;
	if (n > 4 && rndn(100) < 30)
		as[n - 3] = as[n - 2] = org;
	path[0] = 2, path[1] = n;
	for (int i = 0; i < n; i++)
		p32(path + 2 + 4 * i, as[i]);
	u8 origin = rndn(100) < 92 ? 0 : 2;
	u8 v[1024];
	if (rndn(100) < 15) {
		p32(v, rndn(1000));
		ol += put_attr(oth + ol, 0x80, 4, v, 4);
	}
	if (rndn(100) < 5)
		ol += put_attr(oth + ol, 0x40, 6, v, 0);
	if (rndn(100) < 6) {
		p32(v, org), p32(v + 4, 0x0b000000 + rndn(1 << 24));
		ol += put_attr(oth + ol, 0xc0, 7, v, 8);
	}
	if (rndn(100) < 60) {
		u32 c[48];
		int k = 1;
		while (k < 40 && rndn(100) < 84)
			k++;
		for (int i = 0; i < k; i++)
			c[i] = (transit[rndn(60)] & 0xffff) << 16 | rndn(rndn(4) ? 300 : 65000);
		qsort(c, k, 4, cmp_u32);
		int m = 0;
		for (int i = 0; i < k; i++)
			if ((c[i] >> 16) && (c[i] >> 16) != 65535 && (!m || c[i] != c[m - 1]))
				c[m++] = c[i];
		for (int i = 0; i < m; i++)
			p32(v + 4 * i, c[i]);
		if (m)
			ol += put_attr(oth + ol, 0xc0, 8, v, 4 * m);
	}
	if (rndn(100) < 12) {
		int k = 1 + rndn(4);
		u32 g = pick_asn();
		for (int i = 0; i < k; i++)
			p32(v + 12 * i, g), p32(v + 12 * i + 4, i + 1),
				p32(v + 12 * i + 8, rndn(100000));
		ol += put_attr(oth + ol, 0xc0, 32, v, 12 * k);
	}
	return add_aset(path, 2 + 4 * n, oth, ol, origin);
}

/* Heavy tailed number of prefixes per attribute set, mean about 10. */
static u32 group_size(void)
{
	double x = pow(1.0 - rndf(), -1.0 / 1.02);
	return x > 4000 ? 4000 : (u32)x;
}

static void synth(u32 n4, u32 n6)
{
	for (int i = 0; i < 60; i++)
		transit[i] = 100 + rndn(20000);
	for (size_t i = 0; i < sizeof origins / sizeof *origins; i++)
		origins[i] = pick_asn();
	u64 *seen = xalloc((1u << 25) / 8);
	for (u32 got = 0; got < n4;) {
		u32 a = synth_aset(), k = group_size();
		u32 anchor = rnd() >> 32;
		while (bogon4(anchor, 24))
			anchor = rnd() >> 32;
		for (u32 j = 0; j < k && got < n4; j++) {
			int len = pick_len(dist4, 25);
			u32 x = anchor >> (32 - len);
			if (j && rndn(10) == 0)
				x = rnd() >> (64 - len);
			for (u32 tries = 0;; tries++) {
				x &= (1u << len) - 1;
				u32 i = 1u << len | x;
				if (!(seen[i >> 6] >> (i & 63) & 1) &&
					!bogon4(x << (32 - len), len)) {
					u8 b[4];
					seen[i >> 6] |= 1ull << (i & 63);
					p32(b, x << (32 - len));
					add_pfx(4, b, len, a);
					got++;
					break;
				}
				x = tries > 64 ? (u32)(rnd() >> 32) : x + 1;
				if (tries > 4096) /* this length is full */
					len = 24, tries = 65;
			}
		}
	}
	free(seen);
	static const u32 top[] = { 0x20010200, 0x24000000, 0x26000000, 0x28000000, 0x2a000000,
		0x2c000000 };
	static const u32 wgt[] = { 4, 25, 28, 14, 26, 3 };
	u32 sz = 1024;
	while (sz < n6 * 2)
		sz *= 2;
	u64 *set = n6 ? xalloc(sz * 8ull) : NULL;
	for (u32 got = 0; got < n6;) {
		u32 a = synth_aset(), k = group_size();
		u32 hi = top[pick_len(wgt, 6)] + rndn(1u << 20);
		u32 run = rndn(65536);
		for (u32 j = 0; j < k && got < n6; j++) {
			int len = pick_len(dist6, 49);
			u64 x = (u64)hi << 32 | (u64)(u16)(run + j) << 16;
			if (len <= 32)
				x += (u64)j << (64 - len);
			else
				x = ((u64)hi << 32) + ((u64)(run + j) << (64 - len));
			for (;;) {
				x = x >> (64 - len) << (64 - len);
				u64 key = mix(len, x) | 1;
				u32 i = key & (sz - 1);
				while (set[i] && set[i] != key)
					i = (i + 1) & (sz - 1);
				if (!set[i] && x >> 61 == 1) {
					u8 b[16] = { 0 };
					set[i] = key;
					p32(b, x >> 32), p32(b + 4, x);
					add_pfx(6, b, len, a);
					got++;
					break;
				}
				x = (u64)(top[pick_len(wgt, 6)] + rndn(1u << 24)) << 32 |
					(rnd() & 0xffff0000u);
			}
		}
	}
	free(set);
}

/* ---------------------------------------------------------- routes: MRT file */

static u32 *mrt_htab, mrt_hmask;

/* Store path attributes of one RIB entry; returns attribute set or NOID. */
static u32 mrt_attrs(const u8 *p, int n)
{
	u8 path[4096], oth[8192];
	int pl = 0, ol = 0;
	u8 origin = 0;
	for (int i = 0; i + 3 <= n;) {
		int hl = p[i] & 0x10 ? 4 : 3, t = p[i + 1];
		int l = hl == 4 ? g16(p + i + 2) : p[i + 2];
		const u8 *v = p + i + hl;
		if (i + hl + l > n)
			return NOID;
		if (t == 1 && l == 1)
			origin = *v;
		else if (t == 2 && l < 4000) {
			/* drop the first AS: the sender stands in for it */
			if (l >= 6 && v[0] == 2) {
				if (v[1] > 1) {
					path[pl++] = 2, path[pl++] = v[1] - 1;
					memcpy(path + pl, v + 6, l - 6);
					pl += l - 6;
				} else {
					memcpy(path + pl, v + 6, l - 6);
					pl += l - 6;
				}
			}
		} else if (t == 4 || t == 6 || t == 7 || t == 8 || t == 16 || t == 32) {
			u8 s[4096];
			if (l > 2000)
				l = 2000 / 96 * 96;
			memcpy(s, v, l);
			if (t == 8) {
				u32 c[1024];
				int m = 0;
				for (int k = 0; k < l / 4; k++)
					c[k] = g32(v + 4 * k);
				qsort(c, l / 4, 4, cmp_u32);
				for (int k = 0; k < l / 4; k++)
					if (c[k] < 0xffffff00u && (!m || c[k] != c[m - 1]))
						c[m++] = c[k];
				for (int k = 0; k < m; k++)
					p32(s + 4 * k, c[k]);
				if (m && ol + 4 * m + 4 < 3000)
					ol += put_attr(oth + ol, p[i] & 0xc0, t, s, 4 * m);
			} else if (ol + l + 4 < 3000)
				ol += put_attr(oth + ol, p[i] & 0xe0, t, s, l);
			l = hl == 4 ? g16(p + i + 2) : p[i + 2];
		}
		i += hl + l;
	}
	u64 h = hbytes(hbytes(origin, path, pl), oth, ol);
	if (!mrt_htab) {
		mrt_hmask = (1u << 22) - 1;
		mrt_htab = xalloc((mrt_hmask + 1ull) * 4);
	}
	u32 k = (u32)h & mrt_hmask;
	for (; mrt_htab[k]; k = (k + 1) & mrt_hmask) {
		struct aset *a = &A[mrt_htab[k] - 1];
		if (a->origin == origin && a->plen == pl && a->olen == ol &&
			!memcmp(arena + a->off, path, pl) && !memcmp(arena + a->off + pl, oth, ol))
			return mrt_htab[k] - 1;
	}
	u32 r = add_aset(path, pl, oth, ol, origin);
	mrt_htab[k] = r + 1;
	return r;
}

static void mrt_load(const char *file, u32 max4, u32 max6)
{
	int fd = open(file, O_RDONLY);
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		die("%s: %s", file, strerror(errno));
	const u8 *m = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m == MAP_FAILED)
		die("%s: mmap: %s", file, strerror(errno));
	static u32 per[65536];
	int want = O.mrtpeer;
	for (int pass = want >= 0; pass < 2; pass++) {
		u32 n4 = 0, n6 = 0;
		for (size_t o = 0; o + 12 <= (size_t)st.st_size;) {
			u32 type = g16(m + o + 4), sub = g16(m + o + 6), len = g32(m + o + 8);
			const u8 *b = m + o + 12, *e = b + len;
			if (o + 12 + len > (size_t)st.st_size)
				break;
			o += 12 + (size_t)len;
			if (type != 13 || (sub != 2 && sub != 4) || len < 7)
				continue;
			int af = sub == 2 ? 4 : 6, pl = b[4], pb = (pl + 7) / 8;
			if (pl > (af == 4 ? 32 : 128) || b + 5 + pb + 2 > e)
				continue;
			const u8 *px = b + 5, *q = px + pb + 2;
			int cnt = g16(px + pb);
			for (int i = 0; i < cnt && q + 8 <= e; i++) {
				u32 peer = g16(q), al = g16(q + 6);
				if (q + 8 + al > e)
					break;
				if (!pass)
					per[peer]++;
				else if ((int)peer == want && (af == 4 ? n4 < max4 : n6 < max6)) {
					u32 a = mrt_attrs(q + 8, al);
					if (a != NOID) {
						add_pfx(af, px, pl, a);
						af == 4 ? n4++ : n6++;
					}
				}
				q += 8 + al;
			}
		}
		if (!pass) {
			want = 0;
			for (int i = 1; i < 65536; i++)
				if (per[i] > per[want])
					want = i;
		}
	}
	munmap((void *)m, st.st_size);
	close(fd);
	free(mrt_htab);
}

static void mrt_write(const char *file)
{
	FILE *f = fopen(file, "w");
	if (!f)
		die("%s: %s", file, strerror(errno));
	u8 b[9000];
	/* peer index table: one peer, AS 64512, 192.0.2.1 */
	memset(b, 0, 12);
	p16(b + 4, 13), p16(b + 6, 1);
	p32(b + 12, 0xc0000201);
	p16(b + 16, 0), p16(b + 18, 1);
	b[20] = 2, p32(b + 21, 0xc0000201), p32(b + 25, 0xc0000201), p32(b + 29, 64512);
	p32(b + 8, 33 - 12);
	fwrite(b, 1, 33, f);
	for (u32 i = 0; i < NP; i++) {
		struct pfx *p = &P[i];
		struct aset *a = &A[p->aset];
		memset(b, 0, 12);
		p16(b + 4, 13), p16(b + 6, p->af == 4 ? 2 : 4);
		p32(b + 12, i);
		int o = 16, al;
		b[o++] = p->len;
		memcpy(b + o, p->a, (p->len + 7) / 8), o += (p->len + 7) / 8;
		p16(b + o, 1), o += 2;
		p16(b + o, 0), p32(b + o + 2, 0), o += 6;
		al = o, o += 2;
		o += put_attr(b + o, 0x40, 1, &a->origin, 1);
		u8 pa[4096];
		const u8 *bp = arena + a->off;
		int n = 6;
		pa[0] = 2, pa[1] = 1, p32(pa + 2, 64512);
		if (a->plen && bp[0] == 2) {
			pa[1] = bp[1] + 1;
			memcpy(pa + 6, bp + 2, a->plen - 2), n += a->plen - 2;
		} else
			memcpy(pa + 6, bp, a->plen), n += a->plen;
		o += put_attr(b + o, 0x40, 2, pa, n);
		if (p->af == 4)
			o += put_attr(b + o, 0x40, 3, (const u8 *)"\xc0\0\2\1", 4);
		else {
			u8 nh[17] = { 16, 0x20, 1, 0xd, 0xb8 };
			o += put_attr(b + o, 0x80, 14, nh, 17);
		}
		memcpy(b + o, bp + a->plen, a->olen), o += a->olen;
		p16(b + al, o - al - 2);
		p32(b + 8, o - 12);
		fwrite(b, 1, o, f);
	}
	fclose(f);
}

/* ------------------------------------------------------- encoding of streams */

struct buf {
	u8 *p;
	size_t n, cap;
};
static u8 *bgrow(struct buf *b, size_t n)
{
	if (b->n + n > b->cap)
		b->p = xrealloc(b->p, b->cap = (b->cap + n) * 2);
	return b->p + b->n;
}

static u32 aidx(int s, u32 a) /* attribute set that sender s uses for base set a */
{
	return O.diverse && s ? (u32)(mix(s * 7919 + 13, a) % NA) : a;
}

static int put_nlri(u8 *o, const struct pfx *p)
{
	int n = (p->len + 7) / 8;
	o[0] = p->len;
	memcpy(o + 1, p->a, n);
	return n + 1;
}

static void hdr(u8 *m, int len, int type)
{
	memset(m, 0xff, 16);
	p16(m + 16, len);
	m[18] = type;
}

/* Attributes of sender s for set a, without MP_REACH; extra = further copies
 * of the sender's AS in front (0 or 1). */
static int put_attrs(u8 *o, u32 asn, u32 a, int extra, const u8 *nh4)
{
	struct aset *s = &A[a];
	const u8 *bp = arena + s->off;
	u8 pa[4096];
	int n = put_attr(o, 0x40, 1, &s->origin, 1), l = 0;
	int k = 1 + extra;
	pa[l++] = 2, pa[l++] = k;
	for (int i = 0; i < k; i++, l += 4)
		p32(pa + l, asn);
	if (s->plen && bp[0] == 2) {
		pa[1] = k + bp[1];
		memcpy(pa + l, bp + 2, s->plen - 2), l += s->plen - 2;
	} else
		memcpy(pa + l, bp, s->plen), l += s->plen;
	n += put_attr(o + n, 0x40, 2, pa, l);
	if (nh4)
		n += put_attr(o + n, 0x40, 3, nh4, 4);
	memcpy(o + n, bp + s->plen, s->olen);
	return n + s->olen;
}

/* Append UPDATE messages announcing ids[0..n), all of attribute set a. */
static void enc_announce(struct buf *b, u32 asn, u32 a, int extra, const u32 *ids, u32 n,
	const u8 *nh4, const u8 *nh6)
{
	u8 at[4600];
	for (u32 i = 0; i < n;) {
		int af = P[ids[i]].af;
		int al = put_attrs(at, asn, a, extra, af == 4 ? nh4 : NULL);
		u8 *m = bgrow(b, 4096);
		u32 cnt = 0;
		int o;
		if (af == 4) {
			p16(m + 19, 0), p16(m + 21, al);
			memcpy(m + 23, at, al);
			o = 23 + al;
			while (i < n && P[ids[i]].af == 4 && o + 5 <= 4096 &&
				!(O.pack && cnt >= (u32)O.pack))
				o += put_nlri(m + o, &P[ids[i++]]), cnt++;
		} else {
			p16(m + 19, 0);
			u8 *v = m + 23;
			v[0] = 0x90, v[1] = 14;
			u8 *w = v + 4;
			p16(w, 2), w[2] = 1, w[3] = 16;
			memcpy(w + 4, nh6, 16);
			w[20] = 0;
			o = 23 + 4 + 21;
			while (i < n && P[ids[i]].af == 6 && o + 17 + al <= 4096 &&
				!(O.pack && cnt >= (u32)O.pack))
				o += put_nlri(m + o, &P[ids[i++]]), cnt++;
			p16(v + 2, o - 23 - 4);
			memcpy(m + o, at, al), o += al;
			p16(m + 21, o - 23);
		}
		if (!cnt)
			die("attribute set too large");
		hdr(m, o, 2);
		b->n += o;
	}
}

static void enc_withdraw(struct buf *b, const u32 *ids, u32 n)
{
	for (u32 i = 0; i < n;) {
		u8 *m = bgrow(b, 4096);
		int af = P[ids[i]].af, o;
		if (af == 4) {
			o = 21;
			while (i < n && P[ids[i]].af == 4 && o + 7 <= 4096)
				o += put_nlri(m + o, &P[ids[i++]]);
			p16(m + 19, o - 21);
			p16(m + o, 0), o += 2;
		} else {
			o = 23 + 4 + 3;
			while (i < n && P[ids[i]].af == 6 && o + 17 <= 4096)
				o += put_nlri(m + o, &P[ids[i++]]);
			p16(m + 19, 0), p16(m + 21, o - 23);
			m[23] = 0x90, m[24] = 15, p16(m + 25, o - 27);
			p16(m + 27, 2), m[29] = 1;
		}
		hdr(m, o, 2);
		b->n += o;
	}
}

static void enc_eor(struct buf *b)
{
	if (O.p4) {
		u8 *m = bgrow(b, 23);
		hdr(m, 23, 2), p32(m + 19, 0);
		b->n += 23;
	}
	if (O.p6) {
		u8 *m = bgrow(b, 30);
		hdr(m, 30, 2), p16(m + 19, 0), p16(m + 21, 7);
		m[23] = 0x90, m[24] = 15, p16(m + 25, 3), p16(m + 27, 2), m[29] = 1;
		b->n += 30;
	}
}

/* ------------------------------------------------------------------ sessions */

enum {
	ST_IDLE,
	ST_CONN,
	ST_OPENSENT,
	ST_CONFIRM,
	ST_EST,
	ST_DOWN
};
enum {
	CMD_NONE,
	CMD_SEND,
	CMD_RESET,
	CMD_UP,
	CMD_FD
};

struct recv {      /* receiver side counters, written by one worker */
	u64 *st;   /* per id: (via+1)<<48 | path hash<<24 | attr hash */
	u32 *viac; /* per sender: prefixes held via it */
	u32 present, expect;
	u64 ann, wd, dupann, unknown, bytes, msgs, badpath, own;
	u64 t_first, t_last, t_done, marks[10];
	int nmark;
	int mode;  /* 0 none, 1 fill to expect, 2 leave sender */
	u32 start; /* mode 2: viac at start */
	int leave;
	u32 *seen; /* churn: last event seen per id */
	u32 *lat, nlat;
};

struct sess {
	int idx, sidx, ridx, fd, st, wid;
	u32 asn;
	bool bothr;
	struct sockaddr_storage local;
	u8 nh4[4], nh6[16];
	_Atomic int cmd;
	int newfd;
	u64 retry, lasttx, t_est;
	u8 cb[512];
	u32 cbn, cbo;
	const u8 *tx;
	size_t txn, txo;
	u64 t_sent;
	bool owned, want, noreconn;
	u8 *stash;
	u32 nstash;
	struct recv *r;
};

struct worker {
	pthread_t th;
	int ep, ev, id;
	u8 *buf;
};

static struct sess *S;
static int NS;
static struct worker W[64];
static _Atomic bool started, stopping;
static _Atomic int nest;
static _Atomic u32 drops;
static struct buf *ann; /* per sender: announcement stream */
static bool *live;      /* per sender: announcing now */

/* churn state */
static struct {
	int s;
	u32 *ev;  /* per id: current event number, 0 none */
	u64 *ts;  /* per id: time due */
	u8 *kind; /* per id: 1 announce, 2 withdraw, 3 either */
	u8 *var;  /* per id: path variant now announced */
	u8 *gone; /* per id: withdrawn now */
	bool on;
} C;

static void addr_add(struct sockaddr_storage *a, u32 n)
{
	if (a->ss_family == AF_INET) {
		struct sockaddr_in *s = (void *)a;
		s->sin_addr.s_addr = htonl(ntohl(s->sin_addr.s_addr) + n);
	} else {
		u8 *p = ((struct sockaddr_in6 *)a)->sin6_addr.s6_addr + 12;
		p32(p, g32(p) + n);
	}
}

static void addr_parse(struct sockaddr_storage *a, const char *s)
{
	memset(a, 0, sizeof *a);
	if (inet_pton(AF_INET, s, &((struct sockaddr_in *)a)->sin_addr) == 1)
		a->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, s, &((struct sockaddr_in6 *)a)->sin6_addr) == 1)
		a->ss_family = AF_INET6;
	else
		die("bad address %s", s);
}

static socklen_t alen(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static void arm(struct sess *s, bool out)
{
	struct epoll_event e = { .events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = s };
	if (s->want != out || out) {
		epoll_ctl(W[s->wid].ep, EPOLL_CTL_MOD, s->fd, &e);
		s->want = out;
	}
}

static void tune(int fd)
{
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (O.sndbuf)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &O.sndbuf, sizeof(int));
	if (O.rcvbuf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &O.rcvbuf, sizeof(int));
}

static void s_close(struct sess *s, const char *why)
{
	if (s->st == ST_EST)
		atomic_fetch_sub(&nest, 1);
	if (s->fd >= 0) {
		epoll_ctl(W[s->wid].ep, EPOLL_CTL_DEL, s->fd, NULL);
		close(s->fd);
	}
	if (started && s->st == ST_EST && !s->noreconn) {
		atomic_fetch_add(&drops, 1);
		fprintf(stderr, "bgpblast: session %d lost: %s\n", s->idx, why);
	} else if (O.verbose && s->st >= ST_OPENSENT)
		fprintf(stderr, "bgpblast: session %d closed in state %d: %s\n", s->idx, s->st,
			why);
	s->fd = -1;
	s->cbn = s->cbo = s->nstash = 0;
	s->tx = NULL;
	s->st = s->noreconn ? ST_DOWN : ST_IDLE;
	s->retry = now_ns() + 250000000ull;
}

static void s_flush(struct sess *s)
{
	while (s->cbo < s->cbn) {
		ssize_t n = send(s->fd, s->cb + s->cbo, s->cbn - s->cbo,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EAGAIN) {
				arm(s, true);
				return;
			}
			s_close(s, strerror(errno));
			return;
		}
		s->cbo += n;
	}
	s->cbn = s->cbo = 0;
	while (s->tx && s->txo < s->txn) {
		size_t l = s->txn - s->txo;
		if (l > 1 << 19)
			l = 1 << 19;
		ssize_t n = send(s->fd, s->tx + s->txo, l, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EAGAIN) {
				arm(s, true);
				return;
			}
			s_close(s, strerror(errno));
			return;
		}
		s->txo += n;
		s->lasttx = now_ns();
	}
	if (s->tx) {
		s->t_sent = now_ns();
		s->tx = NULL;
	}
	arm(s, false);
}

static void s_ctl(struct sess *s, const u8 *m, int n)
{
	if (s->cbn + n > sizeof s->cb)
		return;
	memcpy(s->cb + s->cbn, m, n);
	s->cbn += n;
	s->lasttx = now_ns();
}

static void s_keepalive(struct sess *s)
{
	u8 m[19];
	hdr(m, 19, 4);
	s_ctl(s, m, 19);
}

static void s_open(struct sess *s)
{
	u8 m[128], *c = m + 29;
	m[19] = 4;
	p16(m + 20, s->asn > 65535 ? 23456 : s->asn);
	p16(m + 22, O.hold);
	p32(m + 24, 0x0a630000u + s->idx + 1); /* router id 10.99.x.y */
	c[0] = 2;
	u8 *k = c + 2;
	if (O.p4)
		memcpy(k, "\1\4\0\1\0\1", 6), k += 6;
	if (O.p6)
		memcpy(k, "\1\4\0\2\0\1", 6), k += 6;
	*k++ = 2, *k++ = 0;
	*k++ = 65, *k++ = 4, p32(k, s->asn), k += 4;
	c[1] = k - c - 2;
	m[28] = k - c;
	hdr(m, k - m, 1);
	s_ctl(s, m, k - m);
	s->st = ST_OPENSENT;
	s_flush(s);
}

static void s_add(struct sess *s)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = s };
	epoll_ctl(W[s->wid].ep, EPOLL_CTL_ADD, s->fd, &e);
	s->want = true;
}

static void s_connect(struct sess *s)
{
	int one = 1;
	s->fd = socket(O.dut.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		die("socket: %s", strerror(errno));
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	if (O.dut.ss_family == AF_INET)
		setsockopt(s->fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof one);
	else
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof one);
	tune(s->fd);
	if (bind(s->fd, (void *)&s->local, alen(&s->local)))
		die("bind session %d: %s", s->idx, strerror(errno));
	s->st = ST_CONN;
	s->retry = now_ns() + 3000000000ull; /* give up when unanswered */
	if (connect(s->fd, (void *)&O.dut, alen(&O.dut)) && errno != EINPROGRESS) {
		close(s->fd);
		s->fd = -1;
		s->st = ST_IDLE;
		s->retry = now_ns() + 250000000ull;
		return;
	}
	s_add(s);
}

/* -------------------------------------------------------- receiving of routes */

static void r_progress(struct recv *r, u64 now)
{
	if (!r->mode)
		return;
	u64 have, want;
	bool done;
	if (r->mode == 1) {
		have = r->present, want = r->expect;
		done = r->present == r->expect;
	} else {
		have = r->start - r->viac[r->leave], want = r->start;
		done = !r->viac[r->leave] && r->present == r->expect;
	}
	while (r->nmark < 10 && have * 10 >= want * (u64)(r->nmark + 1))
		r->marks[r->nmark++] = now;
	if (!done)
		r->t_done = 0;
	else if (!r->t_done)
		r->t_done = now;
}

static inline void r_apply(struct recv *r, u32 id, u64 val, u64 now)
{
	u64 old = r->st[id];
	r->st[id] = val;
	if (old)
		r->viac[(old >> 48) - 1]--;
	if (val) {
		r->viac[(val >> 48) - 1]++;
		if (!old)
			r->present++;
		else
			r->dupann++;
	} else if (old)
		r->present--;
	if (r->seen && C.on) {
		u32 e = __atomic_load_n(&C.ev[id], __ATOMIC_ACQUIRE);
		if (e && r->seen[id] != e && (C.kind[id] == 3 || (C.kind[id] == 1) == (val != 0))) {
			r->seen[id] = e;
			r->lat[r->nlat++] = (u32)((now - C.ts[id]) / 1000);
		}
	}
}

/* Decode a run of prefixes and apply val to each; false when malformed. */
static bool r_nlri(struct recv *r, int af, const u8 *p, const u8 *e, u64 val, u64 now)
{
	u64 *cnt = val ? &r->ann : &r->wd;
	while (p < e) {
		u32 idx[64];
		int n = 0;
		if (af == 4) {
			u32 spec[64]; /* ids found otherwise */
			while (p < e && n < 64) {
				int len = p[0], nb = (len + 7) >> 3;
				if (len > 32 || p + 1 + nb > e)
					return false;
				u8 a[4] = { 0 };
				for (int i = 0; i < nb; i++)
					a[i] = p[1 + i];
				p += 1 + nb;
				if (len <= 24) {
					idx[n] = v4idx(a, len);
					__builtin_prefetch(&v4bits[idx[n] >> 6]);
					__builtin_prefetch(&v4rank[idx[n] >> 6]);
					n++;
				} else {
					idx[n] = 0;
					spec[n++] = h_find(4, a, len);
				}
			}
			for (int i = 0; i < n; i++) {
				u32 x = idx[i];
				if (x) {
					u64 w = v4bits[x >> 6], b = 1ull << (x & 63);
					idx[i] = w & b ?
						v4rank[x >> 6] + __builtin_popcountll(w & (b - 1)) :
						NOID;
				} else
					idx[i] = spec[i];
				if (idx[i] != NOID)
					__builtin_prefetch(&r->st[idx[i]], 1);
			}
		} else {
			while (p < e && n < 64) {
				int len = p[0], nb = (len + 7) >> 3;
				if (len > 128 || p + 1 + nb > e)
					return false;
				u8 a[16] = { 0 };
				memcpy(a, p + 1, nb);
				p += 1 + nb;
				idx[n++] = h_find(6, a, len);
			}
		}
		*cnt += n;
		for (int i = 0; i < n; i++)
			if (idx[i] == NOID)
				r->unknown++;
			else
				r_apply(r, idx[i], val, now);
	}
	return true;
}

static void r_update(struct sess *s, const u8 *m, int len, u64 now)
{
	struct recv *r = s->r;
	const u8 *p = m + 19, *e = m + len;
	int wl = g16(p);
	if (p + 2 + wl + 2 > e)
		goto bad;
	const u8 *wd = p + 2, *at = wd + wl + 2;
	int al = g16(wd + wl);
	const u8 *nl = at + al;
	if (nl > e)
		goto bad;
	if (len == 23)
		return; /* End-of-RIB */
	if (!r->t_first)
		r->t_first = now;
	r->t_last = now;
	if (wl && !r_nlri(r, 4, wd, wd + wl, 0, now))
		goto bad;
	const u8 *mp = NULL;
	int mpl = 0;
	u64 ah = 0, val;
	u32 ph = 0, via = 0xfffe;
	for (const u8 *q = at; q < nl;) {
		if (q + 3 > nl)
			goto bad;
		int hl = q[0] & 0x10 ? 4 : 3, t = q[1];
		int l = hl == 4 ? g16(q + 2) : q[2];
		const u8 *v = q + hl;
		if (v + l > nl)
			goto bad;
		if (t == 1 || attr_checked(t))
			ah += attr_hash1(t, v, l);
		else if (t == 2) {
			int skip = O.transparent ? 1 : 2;
			if (l >= 2 + 4 * skip && v[0] == 2 && v[1] >= skip &&
				(O.transparent || !O.dutas || g32(v + 2) == O.dutas)) {
				u32 x = g32(v + 2 + 4 * (skip - 1)) - O.sas;
				if (x < (u32)O.senders)
					via = x;
				ph = path_hash(v, l, skip);
			}
		} else if (t == 14)
			mp = v, mpl = l;
		else if (t == 15) {
			if (l < 3 || (g16(v) == 2 && !r_nlri(r, 6, v + 3, v + l, 0, now)) ||
				(g16(v) == 1 && !r_nlri(r, 4, v + 3, v + l, 0, now)))
				goto bad;
		}
		q = v + l;
	}
	if (nl < e || mp) {
		if (via == 0xfffe) {
			r->badpath++;
			via = O.senders; /* counted apart, never valid */
		}
		/* own route sent back: the peer would drop it as an AS loop, and
		 * it replaces whatever was there */
		bool own = s->sidx >= 0 && via == (u32)s->sidx;
		r->own += own;
		val = own ? 0 : (u64)(via + 1) << 48 | (u64)ph << 24 | attr_fold(ah);
		if (nl < e && !r_nlri(r, 4, nl, e, val, now))
			goto bad;
		if (mp) {
			if (mpl < 5 || 5 + mp[3] > mpl)
				goto bad;
			const u8 *x = mp + 5 + mp[3];
			if (!r_nlri(r, g16(mp) == 2 ? 6 : 4, x, mp + mpl, val, now))
				goto bad;
		}
	}
	r_progress(r, now);
	return;
bad:
	die("malformed UPDATE on session %d", s->idx);
}

static bool s_msg(struct sess *s, const u8 *m, int len, u64 now)
{
	switch (m[18]) {
	case 1: {
		u32 as = g16(m + 20);
		for (const u8 *p = m + 29; p + 2 <= m + len; p += 2 + p[1])
			if (p[0] == 2)
				for (const u8 *c = p + 2; c + 2 <= p + 2 + p[1]; c += 2 + c[1])
					if (c[0] == 65 && c[1] == 4)
						as = g32(c + 2);
		if (!O.dutas)
			O.dutas = as;
		s_keepalive(s);
		s->st = ST_CONFIRM;
		s_flush(s);
		return s->fd >= 0;
	}
	case 2:
		if (s->r) {
			s->r->msgs++;
			r_update(s, m, len, now);
		}
		return true;
	case 3: {
		char b[64];
		snprintf(b, sizeof b, "NOTIFICATION %d/%d", m[19], m[20]);
		if (O.verbose)
			fprintf(stderr, "bgpblast: session %d got %s\n", s->idx, b);
		s_close(s, b);
		return false;
	}
	case 4:
		if (s->st == ST_CONFIRM) {
			s->st = ST_EST;
			s->t_est = now;
			atomic_fetch_add(&nest, 1);
			if (s->sidx < 0) {
				struct buf b = { 0 };
				enc_eor(&b);
				s_ctl(s, b.p, b.n);
				free(b.p);
				s_flush(s);
			}
		}
		return s->fd >= 0;
	}
	return true;
}

static void s_read(struct sess *s, struct worker *w)
{
	for (int loop = 0; loop < 4; loop++) {
		if (s->nstash)
			memcpy(w->buf, s->stash, s->nstash);
		ssize_t n = recv(s->fd, w->buf + s->nstash, RXBUF - s->nstash, MSG_DONTWAIT);
		if (n <= 0) {
			if (n < 0 && (errno == EAGAIN || errno == EINTR))
				return;
			s_close(s, n ? strerror(errno) : "closed by DUT");
			return;
		}
		u64 now = now_ns();
		size_t have = n + s->nstash, o = 0;
		if (s->r)
			s->r->bytes += n;
		s->nstash = 0;
		while (have - o >= 19) {
			const u8 *m = w->buf + o;
			u32 len = g16(m + 16);
			if (len < 19 || m[0] != 0xff || m[15] != 0xff)
				die("bad header from DUT on session %d", s->idx);
			if (have - o < len)
				break;
			if (!s_msg(s, m, len, now))
				return;
			o += len;
		}
		if (o < have) {
			if (!s->stash)
				s->stash = xalloc(65536);
			memcpy(s->stash, w->buf + o, have - o);
			s->nstash = have - o;
		}
		if (n < RXBUF / 4)
			return;
	}
}

static void w_cmds(struct worker *w)
{
	for (int i = 0; i < NS; i++) {
		struct sess *s = &S[i];
		if (s->wid != w->id)
			continue;
		int c = atomic_exchange(&s->cmd, CMD_NONE);
		if (c == CMD_SEND && s->fd >= 0)
			s_flush(s);
		else if (c == CMD_RESET) {
			u8 m[21];
			hdr(m, 21, 3), m[19] = 6, m[20] = 4;
			if (s->fd >= 0)
				send(s->fd, m, 21, MSG_NOSIGNAL | MSG_DONTWAIT);
			s->noreconn = true;
			s_close(s, "reset");
		} else if (c == CMD_UP) {
			s->noreconn = false;
			s->st = ST_IDLE;
			s->retry = 0;
		} else if (c == CMD_FD) {
			s->fd = s->newfd;
			tune(s->fd);
			s_add(s);
			s_open(s);
		}
	}
}

static void *w_main(void *arg)
{
	struct worker *w = arg;
	struct epoll_event ev[256];
	u64 tick = 0;
	while (!stopping) {
		int n = epoll_wait(w->ep, ev, 256, started ? 50 : 1);
		for (int i = 0; i < n; i++) {
			struct sess *s = ev[i].data.ptr;
			if (!s) {
				u64 x;
				if (read(w->ev, &x, 8) == 8)
					w_cmds(w);
				continue;
			}
			if (s->fd < 0)
				continue;
			if (s->st == ST_CONN) {
				int err = 0;
				socklen_t l = sizeof err;
				getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &l);
				if (err) {
					s_close(s, strerror(err));
					continue;
				}
				if (ev[i].events & EPOLLOUT)
					s_open(s);
				continue;
			}
			if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				s_read(s, w);
			if (s->fd >= 0 && (ev[i].events & EPOLLOUT) && !s->owned)
				s_flush(s);
		}
		u64 now = now_ns();
		if (now - tick < (started ? 50000000ull : 1000000ull))
			continue;
		tick = now;
		/* few at a time, as some daemons listen with a short backlog */
		int in_flight = 0, most = O.threads > 1 ? 4 : 8;
		for (int i = 0; i < NS; i++)
			in_flight += S[i].wid == w->id &&
				(S[i].st == ST_CONN || S[i].st == ST_OPENSENT);
		for (int i = 0; i < NS; i++) {
			struct sess *s = &S[i];
			if (s->wid != w->id)
				continue;
			if ((s->st == ST_CONN || s->st == ST_OPENSENT) && now >= s->retry)
				s_close(s, "connect timeout"), in_flight--;
			if (s->st == ST_IDLE && !O.listen && now >= s->retry && !s->noreconn &&
				in_flight < most)
				s_connect(s), in_flight++;
			if (s->st == ST_EST && !s->tx && !s->owned &&
				now - s->lasttx > O.hold * 1000000000ull / 3) {
				s_keepalive(s);
				s_flush(s);
			}
		}
	}
	return NULL;
}

static void kick(struct sess *s, int cmd)
{
	u64 one = 1;
	atomic_store(&s->cmd, cmd);
	if (write(W[s->wid].ev, &one, 8) != 8)
		die("eventfd");
}

/* ------------------------------------------------------------- DUT accounting */

static double dut_cpu(void)
{
	double t = 0;
	for (int i = 0; i < O.npids; i++) {
		char f[64], b[1024], *p;
		snprintf(f, sizeof f, "/proc/%d/stat", O.pids[i]);
		FILE *fp = fopen(f, "r");
		if (!fp)
			continue;
		size_t n = fread(b, 1, sizeof b - 1, fp);
		b[n] = 0;
		fclose(fp);
		unsigned long ut = 0, st = 0;
		if ((p = strrchr(b, ')')))
			sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &ut,
				&st);
		t += (double)(ut + st) / sysconf(_SC_CLK_TCK);
	}
	return t;
}

static long dut_mem(const char *key)
{
	long sum = 0;
	for (int i = 0; i < O.npids; i++) {
		char f[64], l[256];
		snprintf(f, sizeof f, "/proc/%d/status", O.pids[i]);
		FILE *fp = fopen(f, "r");
		if (!fp)
			continue;
		while (fgets(l, sizeof l, fp))
			if (!strncmp(l, key, strlen(key)))
				sum += atol(l + strlen(key) + 1);
		fclose(fp);
	}
	return sum;
}

static double tool_cpu(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
		(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* --------------------------------------------------------------- verification */

static bool announces(int s, u32 id)
{
	if (!live[s] || (C.ev && s == C.s && C.gone[id]))
		return false;
	if (!O.disjoint)
		return true;
	u32 per = NP / O.senders;
	return opos[id] / per == (u32)s;
}

struct ver {
	u64 missing, extra, wrongvia, path, attr, notbest;
};

static u32 variant_hash(int s, u32 id)
{
	u8 pa[4096];
	struct aset *a = &A[aidx(s, P[id].aset)];
	const u8 *bp = arena + a->off;
	int l = 6;
	pa[0] = 2, pa[1] = 1, p32(pa + 2, O.sas + s);
	if (a->plen && bp[0] == 2)
		pa[1] = 1 + bp[1], memcpy(pa + 6, bp + 2, a->plen - 2), l += a->plen - 2;
	else
		memcpy(pa + 6, bp, a->plen), l += a->plen;
	return path_hash(pa, l, 0);
}

static void verify(struct sess *ss, struct ver *v)
{
	struct recv *r = ss->r;
	u32 per = NP / O.senders;
	for (u32 id = 0; id < NP; id++) {
		int own = O.disjoint ? (int)(opos[id] / per) : 0;
		bool exp = false;
		u32 best = ~0u;
		for (int k = O.disjoint ? own : 0; k < (O.disjoint ? own + 1 : O.senders); k++) {
			if (k == ss->sidx || k >= O.senders || !announces(k, id))
				continue;
			exp = true;
			struct aset *a = &A[aidx(k, P[id].aset)];
			u32 key = (a->hops + (C.ev && k == C.s && C.var[id])) * 4 + a->origin;
			if (key < best)
				best = key;
			if (!O.diverse && !C.ev)
				break;
		}
		u64 x = r->st[id];
		if (!x) {
			v->missing += exp && !(ss->sidx >= 0 && !O.disjoint);
			continue;
		}
		if (!exp) {
			v->extra++;
			continue;
		}
		int via = (int)(x >> 48) - 1;
		if (via >= O.senders || via == ss->sidx || !announces(via, id)) {
			v->wrongvia++;
			continue;
		}
		struct aset *a = &A[aidx(via, P[id].aset)];
		bool var = C.ev && via == C.s && C.var[id];
		u32 ph = var ? variant_hash(via, id) : a->ph;
		v->path += ph != (u32)(x >> 24 & 0xffffff);
		v->attr += a->ah != (u32)(x & 0xffffff);
		if (ss->sidx < 0)
			v->notbest += (u32)(a->hops + var) * 4 + a->origin != best;
	}
}

/* -------------------------------------------------------------------- phases */

static char *js;
static size_t jsn, jscap;
static void J(const char *f, ...)
{
	va_list ap;
	if (jscap - jsn < 4096)
		js = xrealloc(js, jscap = jscap * 2 + 16384);
	va_start(ap, f);
	jsn += vsnprintf(js + jsn, jscap - jsn, f, ap);
	va_end(ap);
}

static double sec(u64 t, u64 t0)
{
	return t > t0 ? (t - t0) / 1e9 : 0;
}

static u32 expect_for(struct sess *s)
{
	u32 n = 0, per = NP / O.senders;
	if (O.disjoint) {
		for (int k = 0; k < O.senders; k++)
			if (live[k] && k != s->sidx)
				n += per;
	} else
		for (int k = 0; k < O.senders; k++)
			if (live[k] && k != s->sidx)
				n = NP;
	return n;
}

static u64 last_update(void)
{
	u64 t = 0;
	for (int i = 0; i < NS; i++)
		if (S[i].r && S[i].r->t_last > t)
			t = S[i].r->t_last;
	return t;
}

/* Wait until all receivers are done and all streams written, then for quiet. */
static bool wait_done(u64 t0, bool needdone)
{
	u64 end = t0 + (u64)(O.timeout * 1e9);
	bool ok = true;
	for (;; usleep(2000)) {
		int left = 0;
		for (int i = 0; i < NS; i++) {
			struct sess *s = &S[i];
			if (s->tx || s->cmd)
				left++;
			if (needdone && s->r && s->r->mode && !s->r->t_done)
				left++;
		}
		if (!left)
			break;
		if (now_ns() > end) {
			ok = false;
			break;
		}
	}
	return ok;
}

/* Wait until no UPDATE came for --quiet seconds and, given --pid, the DUT took
 * under a tenth of a core in that time too; returns when that began. */
static u64 wait_quiet(void)
{
	u64 lim = now_ns() + (u64)(O.timeout * 1e9), from = now_ns();
	double cpu = dut_cpu();
	for (;; usleep(5000)) {
		u64 l = last_update(), n = now_ns();
		if (l < from)
			l = from;
		if (n - from > 250000000ull) {
			double c = dut_cpu();
			if (c - cpu > 0.1 * (n - from) / 1e9 + 0.015)
				from = n, cpu = c;
		}
		if ((n - l > O.quiet * 1e9 && n - from > O.quiet * 1e9) || n > lim)
			return l;
	}
}

static void phase_json(const char *name, u64 t0, bool ok, double cpu0, double tcpu0,
	double cpu_done, u64 idle)
{
	u64 first = 0, done = 0, dmin = 0, lastu = 0, marks[10] = { 0 }, sent = 0;
	u64 ann_ = 0, wd = 0, dup = 0, unk = 0, bytes = 0, msgs = 0, bad = 0, own = 0;
	struct ver v = { 0 };
	int nr = 0, nd = 0;
	for (int i = 0; i < NS; i++) {
		struct sess *s = &S[i];
		if (s->t_sent > sent)
			sent = s->t_sent;
		struct recv *r = s->r;
		if (!r)
			continue;
		nr++;
		if (r->t_first && (!first || r->t_first < first))
			first = r->t_first;
		if (r->t_last > lastu)
			lastu = r->t_last;
		if (r->t_done) {
			nd++;
			if (r->t_done > done)
				done = r->t_done;
			if (!dmin || r->t_done < dmin)
				dmin = r->t_done;
		}
		for (int k = 0; k < 10; k++)
			if (r->marks[k] > marks[k])
				marks[k] = r->marks[k];
		ann_ += r->ann, wd += r->wd, dup += r->dupann, unk += r->unknown;
		bytes += r->bytes, msgs += r->msgs, bad += r->badpath, own += r->own;
		if (!O.noverify)
			verify(s, &v);
	}
	J("%s{\"phase\":\"%s\",\"ok\":%s,\"t0_mono\":%.6f,\"t_sent\":%.4f,",
		js[jsn - 1] == '[' ? "" : ",", name, ok ? "true" : "false", t0 / 1e9,
		sec(sent, t0));
	J("\"t_first\":%.4f,\"t_full\":%.4f,\"t_full_fastest\":%.4f,\"t_last\":%.4f,\"t_idle\":%.3f,",
		sec(first, t0), nd == nr ? sec(done, t0) : -1, sec(dmin, t0), sec(lastu, t0),
		sec(idle, t0));
	J("\"receivers_done\":%d,\"deciles\":[", nd);
	for (int k = 0; k < 10; k++)
		J("%s%.4f", k ? "," : "", sec(marks[k], t0));
	J("],\"rx_announce\":%llu,\"rx_withdraw\":%llu,\"rx_replace\":%llu,\"rx_unknown\":%llu,"
	  "\"rx_bytes\":%llu,\"rx_msgs\":%llu,\"badpath\":%llu,\"rx_own_updates\":%llu,",
		(unsigned long long)ann_, (unsigned long long)wd, (unsigned long long)dup,
		(unsigned long long)unk, (unsigned long long)bytes, (unsigned long long)msgs,
		(unsigned long long)bad, (unsigned long long)own);
	if (!O.noverify && nr)
		J("\"verify\":{\"ok\":%s,\"missing\":%llu,\"extra\":%llu,\"wrong_via\":%llu,"
		  "\"path_bad\":%llu,\"attr_bad\":%llu,\"not_best\":%llu},",
			v.missing + v.extra + v.wrongvia + v.path + v.attr + v.notbest + unk + bad ?
				"false" :
				"true",
			(unsigned long long)v.missing, (unsigned long long)v.extra,
			(unsigned long long)v.wrongvia, (unsigned long long)v.path,
			(unsigned long long)v.attr, (unsigned long long)v.notbest);
	J("\"dut_cpu_s\":%.2f,\"dut_cpu_done_s\":%.2f,\"dut_rss_kb\":%ld,\"dut_hwm_kb\":%ld,\"tool_cpu_s\":%.2f}",
		dut_cpu() - cpu0, cpu_done - cpu0, dut_mem("VmRSS:"), dut_mem("VmHWM:"),
		tool_cpu() - tcpu0);
	fprintf(stderr, "bgpblast: %s: %s full=%.3f last=%.3f\n", name, ok ? "ok" : "TIMEOUT",
		nd == nr ? sec(done, t0) : -1.0, sec(lastu, t0));
}

static void r_reset(int mode, int leave)
{
	for (int i = 0; i < NS; i++) {
		struct recv *r = S[i].r;
		S[i].t_sent = 0;
		if (!r)
			continue;
		r->ann = r->wd = r->dupann = r->unknown = r->bytes = r->msgs = r->badpath = r->own = 0;
		r->t_first = r->t_last = r->t_done = 0;
		memset(r->marks, 0, sizeof r->marks);
		r->nmark = 0;
		r->leave = leave;
		r->start = mode == 2 ? r->viac[leave] : 0;
		r->expect = expect_for(&S[i]);
		if (mode == 2 && S[i].sidx == leave)
			r->mode = 0;
		else
			r->mode = mode;
		if (r->mode == 1 && O.both && !O.disjoint)
			r->mode = 0;
		/* nothing to wait for: already in the final state */
		if (r->mode == 2 && !r->start && r->present == r->expect)
			r->t_done = now_ns();
		if (r->mode == 1 && r->present == r->expect)
			r->t_done = now_ns();
	}
}

static void range(int s, u32 *from, u32 *n)
{
	u32 per = O.disjoint ? NP / O.senders : NP;
	*from = O.disjoint ? per * s : 0;
	*n = per;
}

static void encode_sender(int s)
{
	u32 f, n;
	range(s, &f, &n);
	for (u32 i = f; i < f + n;) {
		u32 j = i, a = P[order[i]].aset;
		while (j < f + n && P[order[j]].aset == a)
			j++;
		enc_announce(&ann[s], O.sas + s, aidx(s, a), 0, order + i, j - i, S[s].nh4,
			S[s].nh6);
		i = j;
	}
	enc_eor(&ann[s]);
}

static int cmp_lat(const void *a, const void *b)
{
	return cmp_u32(a, b);
}

static void phase_churn(int s, double rate, double secs)
{
	u32 total = (u32)(rate * secs), f, n, ncand = 0;
	struct sess *ss = &S[s];
	range(s, &f, &n);
	struct recv *r0 = NULL;
	int nlr = 0;
	for (int i = 0; i < NS && !r0; i++)
		if (S[i].r && i != s)
			r0 = S[i].r;
	if (!r0)
		die("churn needs a receiver");
	if (!C.ev) {
		C.ev = xalloc(NP * 4ull), C.ts = xalloc(NP * 8ull);
		C.kind = xalloc(NP), C.var = xalloc(NP), C.gone = xalloc(NP);
	}
	C.s = s;
	/* candidates: prefixes receivers now hold via this sender, shuffled */
	u32 *cand = xalloc(n * 4ull);
	for (u32 i = 0; i < n; i++) {
		u64 x = r0->st[order[f + i]];
		if (x && (int)(x >> 48) - 1 == s)
			cand[ncand++] = order[f + i];
	}
	if (ncand < 100)
		die("churn: sender %d is best for only %u prefixes", s, ncand);
	for (u32 i = ncand; i > 1; i--) {
		u32 j = rndn(i), t = cand[i - 1];
		cand[i - 1] = cand[j], cand[j] = t;
	}
	bool others = false;
	for (int k = 0; k < O.senders; k++)
		if (k != s && live[k] && !O.disjoint)
			others = true;
	/* events: half path changes, quarter withdrawals, quarter re-announcements */
	u32 *eid = xalloc(total * 4ull), lag = (u32)rate + 1, *wq = xalloc(total * 4ull);
	u32 *off = xalloc((total + 1) * 4ull), wh = 0, wt = 0, c = 0;
	u8 *ek = xalloc(total);
	u8 *var = xalloc(NP), *fin_gone = xalloc(NP);
	memcpy(var, C.var, NP);
	memcpy(fin_gone, C.gone, NP);
	struct buf b = { 0 };
	if (lag > ncand / 4)
		lag = ncand / 4;
	for (u32 k = 0; k < total; k++) {
		u32 id;
		off[k] = b.n;
		int what = k % 4;
		if (what == 3 && wt - wh > lag / 4) {
			id = wq[wh++];
			fin_gone[id] = 0;
			enc_announce(&b, ss->asn, aidx(s, P[id].aset), var[id], &id, 1, ss->nh4,
				ss->nh6);
			ek[k] = 1;
		} else {
			do
				id = cand[c++ % ncand];
			while (fin_gone[id]);
			if (what == 1) {
				enc_withdraw(&b, &id, 1);
				fin_gone[id] = 1;
				wq[wt++] = id;
				ek[k] = others ? 3 : 2;
			} else {
				var[id] ^= 1;
				enc_announce(&b, ss->asn, aidx(s, P[id].aset), var[id], &id, 1,
					ss->nh4, ss->nh6);
				ek[k] = others ? 3 : 1;
			}
		}
		eid[k] = id;
	}
	off[total] = b.n;
	r_reset(0, 0);
	for (int i = 0; i < NS && nlr < LATRECV; i++)
		if (S[i].r && i != s) {
			struct recv *r = S[i].r;
			free(r->seen), free(r->lat);
			r->lat = xalloc(total * 4ull), r->nlat = 0;
			r->seen = xalloc(NP * 4ull);
			nlr++;
		}
	memset(C.ev, 0, NP * 4ull);
	atomic_thread_fence(memory_order_seq_cst);
	C.on = true;
	ss->owned = true;
	prctl(PR_SET_TIMERSLACK, 1000); /* fine pacing of this thread */
	usleep(60000);
	double cpu0 = dut_cpu(), tc0 = tool_cpu();
	u64 t0 = now_ns(), stall = 0;
	for (u32 k = 0; k < total;) {
		u64 now = now_ns();
		u32 due = (u32)((now - t0) / 1e9 * rate) + 1;
		if (due > total)
			due = total;
		if (due <= k) {
			struct timespec ts = { 0, 60000 };
			nanosleep(&ts, NULL);
			continue;
		}
		for (u32 i = k; i < due; i++) {
			u32 id = eid[i];
			C.ts[id] = t0 + (u64)(i / rate * 1e9);
			C.kind[id] = ek[i];
			__atomic_store_n(&C.ev[id], i + 1, __ATOMIC_RELEASE);
		}
		for (u32 o = off[k]; o < off[due];) {
			ssize_t w = send(ss->fd, b.p + o, off[due] - o,
				MSG_NOSIGNAL | MSG_DONTWAIT);
			if (w < 0 && errno == EAGAIN) {
				struct pollfd pf = { ss->fd, POLLOUT, 0 };
				stall++;
				poll(&pf, 1, 1000);
				continue;
			}
			if (w < 0)
				die("churn: %s", strerror(errno));
			o += w;
		}
		k = due;
	}
	ss->t_sent = now_ns();
	ss->lasttx = ss->t_sent;
	ss->owned = false;
	u64 idle = wait_quiet();
	memcpy(C.var, var, NP);
	memcpy(C.gone, fin_gone, NP);
	C.on = false;
	char nm[64];
	snprintf(nm, sizeof nm, "churn:%d:%g:%g", s, rate, secs);
	/* final state differs from the plain expectation by the routes now gone */
	phase_json(nm, t0, true, cpu0, tc0, dut_cpu(), idle);
	u32 *all = xalloc((u64)total * nlr * 4 + 4), na = 0;
	for (int i = 0; i < NS; i++)
		if (S[i].r && S[i].r->lat) {
			memcpy(all + na, S[i].r->lat, S[i].r->nlat * 4ull);
			na += S[i].r->nlat;
			free(S[i].r->lat), free(S[i].r->seen);
			S[i].r->lat = S[i].r->seen = NULL;
		}
	qsort(all, na, 4, cmp_lat);
	jsn--;
	J(",\"events\":%u,\"lat_receivers\":%d,\"seen\":%u,\"sender_stalls\":%llu", total, nlr, na,
		(unsigned long long)stall);
	if (na)
		J(",\"lat_us\":{\"min\":%u,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}",
			all[0], all[na / 2], all[(u64)na * 90 / 100], all[(u64)na * 99 / 100],
			all[(u64)na * 999 / 1000], all[na - 1]);
	J("}");
	if (na)
		fprintf(stderr, "bgpblast: churn latency us p50=%u p99=%u max=%u seen=%u/%u\n",
			all[na / 2], all[(u64)na * 99 / 100], all[na - 1], na, total * nlr);
	free(all), free(cand), free(eid), free(ek), free(wq), free(off), free(var), free(fin_gone),
		free(b.p);
}

static void run_phase(char *ph)
{
	char *a[5] = { 0 };
	int na = 0;
	char name[128];
	snprintf(name, sizeof name, "%s", ph);
	for (char *t = strtok(ph, ":"); t && na < 5; t = strtok(NULL, ":"))
		a[na++] = t;
	int s = na > 1 ? atoi(a[1]) : 0;
	double cpu0 = dut_cpu(), tc0 = tool_cpu();
	u64 t0;
	bool ok;
	if (!strcmp(a[0], "sleep")) {
		usleep((useconds_t)(1e6 * (na > 1 ? atof(a[1]) : 1)));
		return;
	}
	if (!strcmp(a[0], "waitfile")) {
		u64 end = now_ns() + (u64)(O.timeout * 1e9);
		while (access(a[1], F_OK) && now_ns() < end)
			usleep(10000);
		return;
	}
	if (!strcmp(a[0], "mem")) {
		J("%s{\"phase\":\"mem\",\"dut_rss_kb\":%ld,\"dut_hwm_kb\":%ld}",
			js[jsn - 1] == '[' ? "" : ",", dut_mem("VmRSS:"), dut_mem("VmHWM:"));
		return;
	}
	if (!strcmp(a[0], "converge") || !strcmp(a[0], "announce")) {
		bool all = !strcmp(a[0], "converge") && na < 2;
		for (int k = 0; k < O.senders; k++)
			if (all || k == s)
				live[k] = true;
		r_reset(1, 0);
		t0 = now_ns();
		for (int k = 0; k < O.senders; k++)
			if (all || k == s) {
				S[k].tx = ann[k].p, S[k].txn = ann[k].n, S[k].txo = 0;
				kick(&S[k], CMD_SEND);
			}
	} else if (!strcmp(a[0], "withdraw")) {
		u32 f, n;
		static struct buf b;
		range(s, &f, &n);
		b.n = 0;
		enc_withdraw(&b, order + f, n);
		live[s] = false;
		r_reset(2, s);
		t0 = now_ns();
		S[s].tx = b.p, S[s].txn = b.n, S[s].txo = 0;
		kick(&S[s], CMD_SEND);
	} else if (!strcmp(a[0], "reset")) {
		live[s] = false;
		r_reset(2, s);
		t0 = now_ns();
		kick(&S[s], CMD_RESET);
	} else if (!strcmp(a[0], "up")) {
		/* reconnect, then announce everything again */
		kick(&S[s], CMD_UP);
		u64 t = now_ns(), end = t + (u64)(O.timeout * 1e9);
		while (S[s].st != ST_EST && now_ns() < end)
			usleep(1000);
		J("%s{\"phase\":\"reconnect:%d\",\"t_established\":%.4f}",
			js[jsn - 1] == '[' ? "" : ",", s, sec(now_ns(), t));
		live[s] = true;
		r_reset(1, 0);
		t0 = now_ns();
		S[s].tx = ann[s].p, S[s].txn = ann[s].n, S[s].txo = 0;
		kick(&S[s], CMD_SEND);
	} else if (!strcmp(a[0], "churn")) {
		if (na < 4)
			die("churn:SENDER:RATE:SECONDS");
		phase_churn(s, atof(a[2]), atof(a[3]));
		return;
	} else
		die("unknown phase %s", a[0]);
	ok = wait_done(t0, true);
	double cd = dut_cpu();
	u64 idle = wait_quiet();
	phase_json(name, t0, ok, cpu0, tc0, cd, idle);
}

/* ---------------------------------------------------------------------- main */

static void usage(void)
{
	puts("usage: bgpblast --dut ADDR [options]   (see README.md)\n"
	     "  --dut A --port N            device under test\n"
	     "  --local A                   address of the first sender; session k uses A+k\n"
	     "  --rlocal A                  address of the first receiver (default: after senders)\n"
	     "  --senders N --receivers N   --both: senders are receivers as well\n"
	     "  --sender-as N --receiver-as N   sender k has AS N+k, receiver k likewise\n"
	     "  --dut-as N --transparent    AS that the DUT must prepend; none with --transparent\n"
	     "  --v4 N --v6 N               prefixes (per sender when --disjoint)\n"
	     "  --disjoint                  every sender has prefixes of its own\n"
	     "  --diverse                   competing senders have different paths\n"
	     "  --seed N --pack N           N = most prefixes per UPDATE (default: no limit)\n"
	     "  --mrt FILE [--mrt-peer N]   routes from a TABLE_DUMP_V2 file\n"
	     "  --write-mrt FILE, --dump-prefixes FILE, --dump-stream FILE (sender 0), --stats:\n"
	     "                              write the table and exit\n"
	     "  --nexthop A --nexthop6 A    fixed next hops (default: each sender's address)\n"
	     "  --phases LIST               converge[:S],announce:S,withdraw:S,reset:S,up:S,\n"
	     "                              churn:S:RATE:SECS,sleep:SECS,waitfile:PATH,mem\n"
	     "  --pid N (repeatable, or a,b,c)  DUT processes to account\n"
	     "  --listen                    accept connections from the DUT instead\n"
	     "  --threads N --hold N --quiet S --timeout S --settle S --sndbuf N --rcvbuf N\n"
	     "  --no-verify --label TEXT --verbose");
	exit(2);
}

int main(int argc, char **argv)
{
	bool stats = false;
	enum {
		o_dut = 1,
		o_port,
		o_local,
		o_rlocal,
		o_senders,
		o_receivers,
		o_both,
		o_sas,
		o_ras,
		o_dutas,
		o_transparent,
		o_v4,
		o_v6,
		o_disjoint,
		o_diverse,
		o_seed,
		o_pack,
		o_mrt,
		o_mrtpeer,
		o_wmrt,
		o_dump,
		o_stream,
		o_stats,
		o_nh4,
		o_nh6,
		o_phases,
		o_pid,
		o_listen,
		o_threads,
		o_hold,
		o_quiet,
		o_timeout,
		o_sndbuf,
		o_rcvbuf,
		o_noverify,
		o_label,
		o_verbose,
		o_settle
	};
	static const struct option lo[] = { { "dut", 1, 0, o_dut }, { "port", 1, 0, o_port },
		{ "local", 1, 0, o_local }, { "rlocal", 1, 0, o_rlocal },
		{ "senders", 1, 0, o_senders }, { "receivers", 1, 0, o_receivers },
		{ "both", 0, 0, o_both }, { "sender-as", 1, 0, o_sas },
		{ "receiver-as", 1, 0, o_ras }, { "dut-as", 1, 0, o_dutas },
		{ "transparent", 0, 0, o_transparent }, { "v4", 1, 0, o_v4 }, { "v6", 1, 0, o_v6 },
		{ "disjoint", 0, 0, o_disjoint }, { "diverse", 0, 0, o_diverse },
		{ "seed", 1, 0, o_seed }, { "pack", 1, 0, o_pack }, { "mrt", 1, 0, o_mrt },
		{ "mrt-peer", 1, 0, o_mrtpeer }, { "write-mrt", 1, 0, o_wmrt },
		{ "dump-prefixes", 1, 0, o_dump }, { "dump-stream", 1, 0, o_stream },
		{ "stats", 0, 0, o_stats }, { "nexthop", 1, 0, o_nh4 }, { "nexthop6", 1, 0, o_nh6 },
		{ "phases", 1, 0, o_phases }, { "pid", 1, 0, o_pid }, { "listen", 0, 0, o_listen },
		{ "threads", 1, 0, o_threads }, { "hold", 1, 0, o_hold },
		{ "quiet", 1, 0, o_quiet }, { "timeout", 1, 0, o_timeout },
		{ "sndbuf", 1, 0, o_sndbuf }, { "rcvbuf", 1, 0, o_rcvbuf },
		{ "no-verify", 0, 0, o_noverify }, { "label", 1, 0, o_label },
		{ "verbose", 0, 0, o_verbose }, { "settle", 1, 0, o_settle }, { 0 } };
	addr_parse(&O.dut, "127.0.0.1");
	addr_parse(&O.slocal, "127.0.1.1");
	for (int c; (c = getopt_long(argc, argv, "", lo, NULL)) != -1;)
		switch (c) {
		case o_dut:
			addr_parse(&O.dut, optarg);
			break;
		case o_port:
			O.port = atoi(optarg);
			break;
		case o_local:
			addr_parse(&O.slocal, optarg);
			break;
		case o_rlocal:
			addr_parse(&O.rlocal, optarg), O.rlocal_set = true;
			break;
		case o_senders:
			O.senders = atoi(optarg);
			break;
		case o_receivers:
			O.receivers = atoi(optarg);
			break;
		case o_both:
			O.both = true;
			break;
		case o_sas:
			O.sas = strtoul(optarg, 0, 10);
			break;
		case o_ras:
			O.ras = strtoul(optarg, 0, 10);
			break;
		case o_dutas:
			O.dutas = strtoul(optarg, 0, 10);
			break;
		case o_transparent:
			O.transparent = true;
			break;
		case o_v4:
			O.p4 = strtoul(optarg, 0, 10);
			break;
		case o_v6:
			O.p6 = strtoul(optarg, 0, 10);
			break;
		case o_disjoint:
			O.disjoint = true;
			break;
		case o_diverse:
			O.diverse = true;
			break;
		case o_seed:
			O.seed = strtoull(optarg, 0, 10);
			break;
		case o_pack:
			O.pack = atoi(optarg);
			break;
		case o_mrt:
			O.mrt = optarg;
			break;
		case o_mrtpeer:
			O.mrtpeer = atoi(optarg);
			break;
		case o_wmrt:
			O.wmrt = optarg;
			break;
		case o_dump:
			O.dump = optarg;
			break;
		case o_stream:
			O.stream = optarg;
			break;
		case o_stats:
			stats = true;
			break;
		case o_nh4:
			O.nh4_set = inet_pton(AF_INET, optarg, O.nh4) == 1;
			break;
		case o_nh6:
			O.nh6_set = inet_pton(AF_INET6, optarg, O.nh6) == 1;
			break;
		case o_phases:
			O.phases = optarg;
			break;
		case o_pid:
			for (char *t = strtok(optarg, ","); t && O.npids < MAXPID;
				t = strtok(NULL, ","))
				O.pids[O.npids++] = atoi(t);
			break;
		case o_listen:
			O.listen = true;
			break;
		case o_threads:
			O.threads = atoi(optarg);
			break;
		case o_hold:
			O.hold = atoi(optarg);
			break;
		case o_quiet:
			O.quiet = atof(optarg);
			break;
		case o_timeout:
			O.timeout = atof(optarg);
			break;
		case o_settle:
			O.settle = atof(optarg);
			break;
		case o_sndbuf:
			O.sndbuf = atoi(optarg);
			break;
		case o_rcvbuf:
			O.rcvbuf = atoi(optarg);
			break;
		case o_noverify:
			O.noverify = true;
			break;
		case o_label:
			O.label = optarg;
			break;
		case o_verbose:
			O.verbose = true;
			break;
		default:
			usage();
		}
	if (O.senders < 1 || O.receivers < 0 || O.threads < 1 || O.threads > 64)
		usage();
	if (O.both)
		O.receivers = 0;
	rng_state = O.seed;
	u32 mul = O.disjoint ? O.senders : 1;
	if (O.mrt)
		mrt_load(O.mrt, O.p4 * mul, O.p6 * mul);
	else
		synth(O.p4 * mul, O.p6 * mul);
	build_index();
	if (O.disjoint && NP % O.senders) {
		/* make the slices even */
		fprintf(stderr, "bgpblast: %u prefixes do not divide evenly\n", NP);
		exit(1);
	}
	if (O.wmrt)
		mrt_write(O.wmrt);
	if (O.dump) {
		FILE *f = fopen(O.dump, "w");
		if (!f)
			die("%s: %s", O.dump, strerror(errno));
		for (u32 i = 0; i < NP; i++) {
			char b[64];
			struct pfx *p = &P[order[i]];
			inet_ntop(p->af == 4 ? AF_INET : AF_INET6, p->a, b, sizeof b);
			fprintf(f, "%s/%d\n", b, p->len);
		}
		fclose(f);
	}
	NS = O.senders + O.receivers;
	S = xalloc(NS * sizeof *S);
	if (O.dut.ss_family != O.slocal.ss_family)
		die("--dut and --local must be of one family");
	if (O.dut.ss_family == AF_INET)
		((struct sockaddr_in *)&O.dut)->sin_port = htons(O.port);
	else
		((struct sockaddr_in6 *)&O.dut)->sin6_port = htons(O.port);
	int sthreads = O.threads > 1 ? 1 : 0;
	for (int i = 0; i < NS; i++) {
		struct sess *s = &S[i];
		s->idx = i, s->fd = -1;
		s->sidx = i < O.senders ? i : -1;
		s->ridx = i < O.senders ? -1 : i - O.senders;
		s->asn = i < O.senders ? O.sas + i : O.ras + s->ridx;
		if (s->ridx >= 0 && O.rlocal_set) {
			s->local = O.rlocal;
			addr_add(&s->local, s->ridx);
		} else {
			s->local = O.slocal;
			addr_add(&s->local, i);
		}
		if (O.nh4_set)
			memcpy(s->nh4, O.nh4, 4);
		else if (s->local.ss_family == AF_INET)
			memcpy(s->nh4, &((struct sockaddr_in *)&s->local)->sin_addr, 4);
		if (O.nh6_set)
			memcpy(s->nh6, O.nh6, 16), p32(s->nh6 + 12, g32(s->nh6 + 12) + i);
		else if (s->local.ss_family == AF_INET6)
			memcpy(s->nh6, &((struct sockaddr_in6 *)&s->local)->sin6_addr, 16);
		if (s->ridx < 0 && !O.both)
			s->wid = 0;
		else
			s->wid = sthreads +
				(O.both ? i : s->ridx) %
					(O.threads - sthreads ? O.threads - sthreads : 1);
		if (O.both && O.threads > 1)
			s->wid = i % O.threads;
		if (s->ridx >= 0 || O.both) {
			s->r = xalloc(sizeof *s->r);
			s->r->viac = xalloc((O.senders + 2) * sizeof(u32));
			s->r->st = mmap(NULL, NP * 8ull + 1, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (s->r->st == MAP_FAILED)
				die("mmap: %s", strerror(errno));
			madvise(s->r->st, NP * 8ull, MADV_HUGEPAGE);
			memset(s->r->st, 0, NP * 8ull);
		}
	}
	ann = xalloc(O.senders * sizeof *ann);
	live = xalloc(O.senders * sizeof *live);
	size_t total = 0, umsgs = 0;
	for (int i = 0; i < O.senders; i++) {
		encode_sender(i);
		total += ann[i].n;
	}
	for (size_t o = 0; o < ann[0].n; o += g16(ann[0].p + o + 16))
		umsgs++;
	u64 hops = 0;
	u32 used = 0, last = NOID;
	for (u32 i = 0; i < NP; i++) {
		hops += A[P[i].aset].hops + 1;
		used += P[order[i]].aset != last;
		last = P[order[i]].aset;
	}
	J("{\"tool\":\"bgpblast\",\"label\":\"%s\",\"senders\":%d,\"receivers\":%d,\"prefixes\":%u,"
	  "\"attr_sets\":%u,\"avg_path\":%.2f,\"stream_bytes\":%zu,\"stream_msgs_first\":%zu,",
		O.label, O.senders, O.both ? O.senders : O.receivers, NP, used,
		NP ? (double)hops / NP : 0, total, umsgs);
	if (O.stream) {
		FILE *f = fopen(O.stream, "w");
		if (!f || fwrite(ann[0].p, 1, ann[0].n, f) != ann[0].n || fclose(f))
			die("%s: %s", O.stream, strerror(errno));
	}
	if (stats || O.wmrt || O.dump || O.stream) {
		jsn--;
		J("}");
		puts(js);
		return 0;
	}
	struct rlimit rl = { 65536, 65536 };
	setrlimit(RLIMIT_NOFILE, &rl);
	signal(SIGPIPE, SIG_IGN);
	u64 tc = now_ns();
	for (int i = 0; i < O.threads; i++) {
		struct worker *w = &W[i];
		w->id = i;
		w->buf = xalloc(RXBUF + 65536);
		w->ep = epoll_create1(0), w->ev = eventfd(0, EFD_NONBLOCK);
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };
		epoll_ctl(w->ep, EPOLL_CTL_ADD, w->ev, &e);
		if (pthread_create(&w->th, NULL, w_main, w))
			die("pthread_create");
	}
	int lfd = -1;
	if (O.listen) {
		struct sockaddr_storage any = { .ss_family = O.dut.ss_family };
		((struct sockaddr_in *)&any)->sin_port = htons(O.port);
		int one = 1;
		lfd = socket(any.ss_family, SOCK_STREAM, 0);
		setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		if (bind(lfd, (void *)&any, alen(&any)) || listen(lfd, 1024))
			die("listen: %s", strerror(errno));
	}
	u64 end = tc + (u64)(O.timeout * 1e9), tfirst = 0;
	while (nest < NS) {
		if (lfd >= 0) {
			struct pollfd pf = { lfd, POLLIN, 0 };
			if (poll(&pf, 1, 5) > 0) {
				int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
				struct sockaddr_storage l;
				socklen_t ll = sizeof l;
				if (fd < 0)
					continue;
				getsockname(fd, (void *)&l, &ll);
				int hit = -1;
				for (int i = 0; i < NS; i++)
					if (l.ss_family == AF_INET ?
							((struct sockaddr_in *)&l)->sin_addr.s_addr ==
								((struct sockaddr_in *)&S[i].local)
									->sin_addr.s_addr :
							!memcmp(&((struct sockaddr_in6 *)&l)
									 ->sin6_addr,
								&((struct sockaddr_in6 *)&S[i].local)
									 ->sin6_addr,
								16))
						hit = i;
				if (hit < 0 || S[hit].fd >= 0) {
					close(fd);
					continue;
				}
				S[hit].newfd = fd;
				kick(&S[hit], CMD_FD);
			}
		} else
			usleep(1000);
		if (!tfirst && nest > 0)
			tfirst = now_ns();
		if (now_ns() > end) {
			fprintf(stderr, "bgpblast: only %d of %d sessions established\n", nest, NS);
			printf("%s\"error\":\"established %d of %d\"}\n", js, nest, NS);
			return 1;
		}
	}
	u64 t_all = now_ns();
	started = true;
	J("\"dut_as\":%u,\"t_first_established\":%.4f,\"t_all_established\":%.4f,\"t_est_mono\":%.4f,\"rss_idle_kb\":%ld,"
	  "\"cpu_idle_s\":%.2f,\"phases\":[",
		O.dutas, sec(tfirst, tc), sec(t_all, tc), t_all / 1e9, dut_mem("VmRSS:"),
		dut_cpu());
	fprintf(stderr, "bgpblast: %d sessions established in %.3f s, %u prefixes, %.1f MB\n", NS,
		sec(t_all, tc), NP, total / 1e6);
	usleep((useconds_t)(O.settle * 1e6));
	char *ph = strdup(O.phases), *sv = NULL;
	for (char *t = strtok_r(ph, ",", &sv); t; t = strtok_r(NULL, ",", &sv))
		run_phase(t);
	J("],\"session_drops\":%u}", drops);
	puts(js);
	fflush(stdout);
	stopping = true;
	for (int i = 0; i < O.threads; i++)
		pthread_join(W[i].th, NULL);
	for (int i = 0; i < NS; i++)
		if (S[i].fd >= 0) {
			struct linger lg = { 1, 0 };
			setsockopt(S[i].fd, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
			close(S[i].fd);
		}
	return 0;
}

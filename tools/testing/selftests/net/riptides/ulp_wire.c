// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes over the wire while the other tests run
 *
 *   ulp_wire READY [INTERFACE]
 *
 * Writes a byte to the fifo READY once it listens, captures until SIGTERM, and
 * prints KTAP: no block of secret data may appear anywhere in clear; every
 * connection to one of the ports that carry TLS only must consist of TLS
 * records from its SYN to its FIN; nothing may have been missed; and the public
 * data must have been seen that we and the plain TCP tests send, or we were deaf.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "ulp.h"

#define BLOCK_SIZE	(1024 * 1024)
#define BLOCKS		128
#define FLOWS		65536
#define KEY		36
#define RECORD_HEADER	5
#define RECORD_MAX	(16384 + 256)
/* Enough of a stream's end to find a word that two segments share. */
#define KEEP		(sizeof(ULP_SECRET) - 2)
#define TCP_FIN		1
#define TCP_SYN		2
#define TCP_RST		4

/**
 * struct stream - bytes of one direction, in order
 * @begun: its SYN was seen
 * @broken: it was complained about
 * @first: sequence number of its SYN
 * @next: sequence number that comes next
 * @skip: bytes until the next record's header
 * @head_len: bytes in @head
 * @head: header of a record
 * @tail_len: bytes in @tail
 * @tail: what came last
 */
struct stream {
	bool begun;
	bool broken;
	uint32_t first;
	uint32_t next;
	uint32_t skip;
	unsigned int head_len;
	unsigned char head[RECORD_HEADER];
	unsigned int tail_len;
	char tail[KEEP];
};

/**
 * struct flow - one direction of a pair of addresses
 * @used: this slot is taken
 * @key: source address, destination address, source port, destination port
 * @s: the latest connection
 */
struct flow {
	bool used;
	unsigned char key[KEY];
	struct stream s;
};

static struct flow flows[FLOWS];
static volatile sig_atomic_t over;
static unsigned long segments, streams, bytes, records, clear, bad, public, gaps;

static void on_term(int sig)
{
	over = 1;
}

static struct flow *find_flow(const unsigned char *key)
{
	unsigned int i, hash = 5381;
	struct flow *f;

	for (i = 0; i < KEY; i++)
		hash = hash * 33 + key[i];
	for (i = 0; i < FLOWS; i++) {
		f = &flows[(hash + i) % FLOWS];
		if (!f->used) {
			f->used = true;
			memcpy(f->key, key, KEY);
			return f;
		}
		if (!memcmp(f->key, key, KEY))
			return f;
	}
	return NULL;
}

static unsigned int port(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static bool carries_tls(const struct flow *f)
{
	unsigned int from = port(f->key + 32), to = port(f->key + 34);

	return (from >= ULP_PORT_FIRST && from <= ULP_PORT_LAST) ||
	       (to >= ULP_PORT_FIRST && to <= ULP_PORT_LAST);
}

static void complain(struct flow *f, const char *why)
{
	unsigned int i;

	printf("# %s: port %u to %u, header", why, port(f->key + 32), port(f->key + 34));
	for (i = 0; i < f->s.head_len; i++)
		printf(" %02x", f->s.head[i]);
	printf("\n");
	f->s.broken = true;
}

/* RFC 8446 section 5.1: types, version and length of what may be there */
static bool record_ok(const unsigned char *h)
{
	unsigned int len = port(h + 3);

	if (h[1] != 3 || (h[2] != 3 && h[2] != 1))
		return false;
	if (h[0] == 20)
		return len == 1;
	return h[0] >= 21 && h[0] <= 23 && len && len <= RECORD_MAX;
}

static void check_records(struct flow *f, const unsigned char *p, size_t len)
{
	struct stream *s = &f->s;
	size_t n;

	bytes += len;
	while (len && !s->broken) {
		if (s->skip) {
			n = s->skip < len ? s->skip : len;
			s->skip -= n;
			p += n;
			len -= n;
			continue;
		}
		s->head[s->head_len++] = *p++;
		len--;
		if (s->head_len < RECORD_HEADER)
			continue;
		if (!record_ok(s->head)) {
			bad++;
			complain(f, "not a TLS record");
			return;
		}
		s->skip = port(s->head + 3);
		s->head_len = 0;
		records++;
	}
}

/* Bytes that follow what came last, or that don't (@apart). */
static void search(struct flow *f, const unsigned char *p, size_t len, bool apart)
{
	size_t before = apart ? 0 : f->s.tail_len, n = len < KEEP ? len : KEEP;
	char joint[2 * KEEP];

	memcpy(joint, f->s.tail, before);
	memcpy(joint + before, p, n);
	if (memmem(p, len, ULP_SECRET, sizeof(ULP_SECRET) - 1) ||
	    memmem(joint, before + n, ULP_SECRET, sizeof(ULP_SECRET) - 1)) {
		clear++;
		complain(f, "secret data in clear");
	}
	if (memmem(p, len, ULP_PUBLIC, sizeof(ULP_PUBLIC) - 1))
		public++;
	if (apart)
		return;
	if (len >= KEEP) {
		memcpy(f->s.tail, p + len - KEEP, KEEP);
		f->s.tail_len = KEEP;
		return;
	}
	n = before + len;
	f->s.tail_len = n < KEEP ? n : KEEP;
	memcpy(f->s.tail, joint + n - f->s.tail_len, f->s.tail_len);
}

static void segment(struct flow *f, uint32_t seq, unsigned int flags,
		    const unsigned char *p, size_t len)
{
	struct stream *s = &f->s;
	uint32_t old;

	segments++;
	if (flags & TCP_SYN) {
		/* which may be sent once more, at any time */
		if (!s->begun || s->first != seq) {
			memset(s, 0, sizeof(*s));
			s->begun = true;
			s->first = seq;
			s->next = seq + 1;
			streams += carries_tls(f);
		}
		seq++;
	}
	if (!len)
		return;
	if (!s->begun || (int32_t)(seq - s->next) > 0) {
		/* a hole: what is behind it can't be told apart into records */
		search(f, p, len, true);
		if (!s->broken && carries_tls(f)) {
			gaps++;
			complain(f, "a hole in the stream");
		}
		return;
	}
	old = s->next - seq;
	if (old) {
		/* sent once more, and not necessarily the same */
		search(f, p, len, true);
		if (old >= len)
			return;
		p += old;
		len -= old;
	}
	s->next += len;
	search(f, p, len, false);
	if (carries_tls(f))
		check_records(f, p, len);
}

static void packet(const unsigned char *p, size_t len)
{
	unsigned char key[KEY] = {};
	struct flow *f;
	size_t head;

	if (len < 20)
		return;
	if (p[0] >> 4 == 4) {
		head = (p[0] & 15) * 4;
		if (p[9] != IPPROTO_TCP || len < head + 20)
			return;
		/* loopback may leave the length of a large one at 0 */
		if (port(p + 2) && port(p + 2) < len)
			len = port(p + 2);
		memcpy(key, p + 12, 4);
		memcpy(key + 16, p + 16, 4);
	} else {
		head = 40;
		if (p[0] >> 4 != 6 || p[6] != IPPROTO_TCP || len < head + 20)
			return;
		if (port(p + 4) && port(p + 4) + head < len)
			len = port(p + 4) + head;
		memcpy(key, p + 8, 32);
	}
	p += head;
	len -= head;
	memcpy(key + 32, p, 4);
	head = (p[12] >> 4) * 4;
	if (head > len)
		return;
	f = find_flow(key);
	if (!f) {
		gaps++;
		return;
	}
	segment(f, (uint32_t)p[4] << 24 | p[5] << 16 | port(p + 6), p[13], p + head,
		len - head);
}

static void block(unsigned char *base)
{
	struct tpacket_block_desc *desc = (void *)base;
	struct tpacket3_hdr *h;
	unsigned int i;

	h = (void *)base + desc->hdr.bh1.offset_to_first_pkt;
	for (i = 0; i < desc->hdr.bh1.num_pkts; i++) {
		if (h->tp_snaplen < h->tp_len)
			gaps++;
		packet((void *)h + h->tp_net, h->tp_snaplen - (h->tp_net - h->tp_mac));
		h = (void *)h + h->tp_next_offset;
	}
}

/* Loopback shows each one twice; the second would only fill the ring. */
static struct sock_filter outgoing[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, -1),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static int open_ring(const char *interface, unsigned char **ring)
{
	struct sock_fprog filter = {
		.len = sizeof(outgoing) / sizeof(*outgoing),
		.filter = outgoing,
	};
	struct tpacket_req3 req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = 131072,
		.tp_frame_nr = BLOCK_SIZE / 131072 * BLOCKS,
		.tp_retire_blk_tov = 80,
	};
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), version = TPACKET_V3;

	if (fd < 0 || !at.sll_ifindex ||
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return -1;
	*ring = mmap(NULL, (size_t)BLOCK_SIZE * BLOCKS, PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (*ring == MAP_FAILED || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	return fd;
}

static void capture(int fd, unsigned char *ring)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned int at = 0, idle = 0;
	volatile uint32_t *status;

	/* after the end, what is still in the ring: until a block times out */
	while (!over || idle < 2) {
		status = &((struct tpacket_block_desc *)(ring + (size_t)at * BLOCK_SIZE)
			   )->hdr.bh1.block_status;
		if (!(*status & TP_STATUS_USER)) {
			if (!poll(&p, 1, 200) && over)
				idle++;
			continue;
		}
		__sync_synchronize();
		block(ring + (size_t)at * BLOCK_SIZE);
		__sync_synchronize();
		*status = TP_STATUS_KERNEL;
		at = (at + 1) % BLOCKS;
	}
}

/* Public data of our own, on the wire before anybody else's. */
static int speak(void)
{
	struct ulp_kind kind = { .path = ULP_TCP, .net = ULP_IPV4 };
	char block[2 * ULP_BLOCK];
	struct ulp_pair p;
	int err;

	err = ulp_open_raw(&kind, &p);
	ulp_fill(&kind, block, sizeof(block), 0);
	if (!err && ulp_send(p.c, block, sizeof(block)) != sizeof(block))
		err = -EIO;
	ulp_close(&p);
	return err;
}

static int verdict(int number, bool ok, const char *name)
{
	printf("%s %d %s\n", ok ? "ok" : "not ok", number, name);
	return !ok;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	struct tpacket_stats_v3 stats = {};
	socklen_t len = sizeof(stats);
	unsigned char *ring;
	int fd, ready, err;

	if (argc < 2)
		return 1;
	sigaction(SIGTERM, &sa, NULL);
	fd = open_ring(argc > 2 ? argv[2] : "lo", &ring);
	ready = open(argv[1], O_WRONLY);
	/* whom it listens to must not keep it from the CPU until its ring is full */
	setpriority(PRIO_PROCESS, 0, -20);
	if (fd < 0 || ready < 0 || speak() || write(ready, "", 1) != 1) {
		perror("ulp_wire");
		return 1;
	}
	close(ready);
	capture(fd, ring);
	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	printf("TAP version 13\n1..4\n");
	printf("# %lu segments; TLS: %lu streams, %lu records, %lu bytes; public %lu times\n",
	       segments, streams, records, bytes, public);
	printf("# dropped by the capture: %u, holes: %lu\n", stats.tp_drops, gaps);
	err = verdict(1, !clear, "wire_nothing_in_clear");
	err |= verdict(2, !bad && records, "wire_only_records");
	err |= verdict(3, !stats.tp_drops && !gaps && segments, "wire_complete");
	err |= verdict(4, public, "wire_hears");
	return err;
}

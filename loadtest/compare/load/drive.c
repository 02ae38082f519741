/*
 * Sends HTTP/1.1 requests that are due at given instants over kept-alive connections, and says how
 * they were answered. Four plans:
 *
 *   drive PORT PATH CONNECTIONS PREFIX rate PER_SECOND SECONDS KEYS SEED
 *       An open loop: arrivals of a Poisson process, each with a key drawn from KEYS. A request's
 *       latency begins when it was due, not when a connection was free for it, so that whoever stalls
 *       pays for every request that fell due meanwhile. The same SEED makes the same arrivals.
 *   drive PORT PATH CONNECTIONS PREFIX sweep KEYS
 *       Each key once, in order, as fast as the connections allow.
 *   drive PORT PATH CONNECTIONS PREFIX twice PER_SECOND KEYS DISTANCE SEED
 *       Such an open loop, in which each of KEYS is asked for twice: for the second time after about
 *       twice DISTANCE other requests, at random. Says how many keys were answered 200 never, once, twice.
 *   drive PORT PATH CONNECTIONS PREFIX burst
 *       One request on every connection, all at once, all with the key PREFIX.
 *
 * Prints one line of JSON. Latencies and lateness (how far behind its plan this program itself was
 * when it sent, where a connection was free) are in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 16384, EVENTS = 128, STATUSES = 600 };
static const int64_t SECOND = 1000000000, PATIENCE = 5 * SECOND;

struct client {
    int fd, waiting, have;
    long key;
    int64_t due;
    char in[ROOM + 1];
};

struct request {
    int64_t due; /* monotonic nanoseconds */
    long key;    /* from 1; 0: the bare prefix */
};

static int port, poll_fd, timer_fd;
static const char *path, *prefix;
static struct client **idle;
static int idles;
static int64_t freed_at; /* since when a connection has been free */
static struct request *plan;
static long planned;
static int64_t *latency, *lateness;
static long sent, answered, broken, statuses[STATUSES];
static unsigned char *passes; /* of each key; for the plan `twice` alone */

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void dial(struct client *c) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *) &to, sizeof to)) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->waiting = c->have = 0;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl");
}

static void rest(struct client *c) {
    if (!idles) freed_at = now();
    c->waiting = c->have = 0;
    idle[idles++] = c;
}

static void ask(struct client *c, const struct request *r) {
    char out[512], key[160];
    if (r->key) snprintf(key, sizeof key, "%s%06ld", prefix, r->key);
    else snprintf(key, sizeof key, "%s", prefix);
    int n = snprintf(out, sizeof out, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Api-Key: %s\r\n\r\n", path, port, key);
    int64_t at = now(), could = r->due > freed_at ? r->due : freed_at;
    lateness[sent++] = at > could ? at - could : 0;
    c->waiting = 1;
    c->due = r->due;
    c->key = r->key;
    if (n >= (int) sizeof out || send(c->fd, out, (size_t) n, MSG_NOSIGNAL) != n) {
        broken++;
        close(c->fd);
        dial(c);
        rest(c);
    }
}

/* The value of a header field in lower case without its colon, or NULL. */
static const char *field(const char *head, const char *end, const char *name) {
    size_t n = strlen(name);
    for (const char *line = head; line && line < end; line = strstr(line, "\r\n")) {
        if (line != head) line += 2;
        if (!strncasecmp(line, name, n) && line[n] == ':') return line + n + 1;
        if (line == head) line++;
    }
    return NULL;
}

/* 1: the buffer holds a whole response; 0: more is to come; -1: this is no response. */
static int whole(const struct client *c) {
    const char *end = strstr(c->in, "\r\n\r\n");
    if (!end) return c->have < ROOM ? 0 : -1;
    long body = c->have - (end + 4 - c->in);
    const char *length = field(c->in, end, "content-length");
    if (length) return body >= atol(length) ? 1 : c->have < ROOM ? 0 : -1;
    if (!field(c->in, end, "transfer-encoding")) return -1;
    return body >= 5 && !memcmp(c->in + c->have - 5, "0\r\n\r\n", 5) ? 1 : c->have < ROOM ? 0 : -1;
}

static void hear(struct client *c) {
    ssize_t n = read(c->fd, c->in + c->have, (size_t) (ROOM - c->have));
    int state = -1;
    if (n > 0) {
        c->have += (int) n;
        c->in[c->have] = 0;
        state = c->waiting ? whole(c) : -1;
    }
    if (state > 0) {
        int status = atoi(c->in + 9); /* behind "HTTP/1.1 " */
        latency[answered++] = now() - c->due;
        statuses[status > 0 && status < STATUSES ? status : 0]++;
        if (passes && status == 200) passes[c->key]++;
        rest(c);
    } else if (state < 0) { /* closed, or out of step: begin anew */
        int busy = c->waiting;
        broken += busy;
        close(c->fd);
        dial(c);
        if (busy) rest(c);
    }
}

static void wake_at(int64_t due) {
    struct itimerspec at = {.it_value = {due / SECOND, due % SECOND}};
    if (timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &at, NULL)) die("timerfd_settime");
}

static void run(void) {
    struct epoll_event events[EVENTS];
    int64_t heard = now();
    while (answered + broken < planned) {
        int64_t at = now();
        while (sent < planned && idles && plan[sent].due <= at) {
            ask(idle[--idles], &plan[sent]);
            at = now();
        }
        if (sent < planned && idles) wake_at(plan[sent].due);
        int64_t latest = sent < planned && plan[sent].due > heard ? plan[sent].due : heard;
        if (at > latest + PATIENCE) return;
        int n = epoll_wait(poll_fd, events, EVENTS, 1000);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr) {
                hear(events[i].data.ptr);
                heard = now();
            } else {
                uint64_t rings;
                if (read(timer_fd, &rings, sizeof rings) < 0) continue; /* it was set again meanwhile */
            }
        }
    }
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;
    return (x > y) - (x < y);
}

/* The nearest rank, in microseconds. */
static double at_rank(const int64_t *sorted, long n, double share) {
    long rank = (long) ceil(share * (double) n);
    return n ? (double) sorted[rank > 0 ? rank - 1 : 0] / 1000.0 : 0;
}

static void report_passes(long keys) {
    long times[3] = {0};
    for (long key = 1; key <= keys; key++) times[passes[key]]++;
    printf("\"passed\":{\"never\":%ld,\"once\":%ld,\"twice\":%ld},", times[0], times[1], times[2]);
}

static void report(int64_t took, long keys) {
    qsort(latency, (size_t) answered, sizeof *latency, ascending);
    qsort(lateness, (size_t) sent, sizeof *lateness, ascending);
    putchar('{');
    if (passes) report_passes(keys);
    printf("\"seconds\":%.6f,\"requests\":%ld,\"broken\":%ld,\"unanswered\":%ld,\"status\":{",
           (double) took / 1e9, answered, broken, planned - answered - broken);
    for (int i = 0, n = 0; i < STATUSES; i++)
        if (statuses[i]) printf("%s\"%d\":%ld", n++ ? "," : "", i, statuses[i]);
    printf("},\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"late_p99\":%.1f,\"late_max\":%.1f}\n",
           at_rank(latency, answered, .5), at_rank(latency, answered, .99), at_rank(latency, answered, .999),
           at_rank(latency, answered, 1), at_rank(lateness, sent, .99), at_rank(lateness, sent, 1));
}

static int usage(void) {
    fputs("drive PORT PATH CONNECTIONS PREFIX rate PER_SECOND SECONDS KEYS SEED | sweep KEYS |\n"
          "    twice PER_SECOND KEYS DISTANCE SEED | burst\n", stderr);
    return 2;
}

/* Fills the plan with arrivals from `start` on, whose gaps are exponential. */
static void draw(int64_t start, double per_second, double seconds, long keys, long seed, long room) {
    srand48(seed);
    double at = 0;
    for (planned = 0; planned < room && (at += -log(1 - drand48()) / per_second) < seconds; planned++)
        plan[planned] = (struct request){start + (int64_t) (at * 1e9), 1 + (long) (drand48() * (double) keys)};
}

/* Each key twice: a pool holds those that have been asked for once, and when it is full a random one leaves it. */
static void draw_twice(int64_t start, double per_second, long keys, long distance, long seed) {
    long *pool = calloc((size_t) distance, sizeof *pool), fresh = 1, held = 0;
    double at = 0;
    if (!pool) die("drive");
    srand48(seed);
    for (planned = 0; planned < 2 * keys; planned++) {
        long key;
        if (fresh <= keys && held < distance) {
            key = pool[held++] = fresh++;
        } else {
            long slot = (long) (drand48() * (double) held);
            key = pool[slot];
            pool[slot] = pool[--held];
        }
        at += -log(1 - drand48()) / per_second;
        plan[planned] = (struct request){start + (int64_t) (at * 1e9), key};
    }
    free(pool);
}

int main(int argc, char **argv) {
    if (argc < 6) return usage();
    const char *mode = argv[5];
    int rated = !strcmp(mode, "rate"), sweeping = !strcmp(mode, "sweep"), bursting = !strcmp(mode, "burst");
    int doubling = !strcmp(mode, "twice");
    int clients = atoi(argv[3]);
    if (argc != (rated || doubling ? 10 : sweeping ? 7 : bursting ? 6 : 0) || clients < 1) return usage();
    port = atoi(argv[1]);
    path = argv[2];
    prefix = argv[4];

    double per_second = rated || doubling ? atof(argv[6]) : 0, seconds = rated ? atof(argv[7]) : 0;
    long keys = doubling ? atol(argv[7]) : 0, distance = doubling ? atol(argv[8]) : 0;
    if (doubling && (keys < 1 || distance < 1)) return usage();
    /* ten standard deviations above the mean: no Poisson process gets there */
    long room = rated ? (long) (per_second * seconds + 10 * sqrt(per_second * seconds)) + 100
                      : sweeping ? atol(argv[6]) : doubling ? 2 * keys : clients;
    passes = doubling ? calloc((size_t) keys + 1, 1) : NULL;
    struct client *all = calloc((size_t) clients, sizeof *all);
    idle = calloc((size_t) clients, sizeof *idle);
    plan = calloc((size_t) room, sizeof *plan);
    latency = calloc((size_t) room, sizeof *latency);
    lateness = calloc((size_t) room, sizeof *lateness);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if ((doubling && !passes) || !all || !idle || !plan || !latency || !lateness || poll_fd < 0 || timer_fd < 0) die("drive");
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer_fd, &e)) die("epoll_ctl");
    for (int i = 0; i < clients; i++) {
        dial(&all[i]);
        rest(&all[i]);
    }

    int64_t start = now() + SECOND / 50 + 200 * keys; /* drawing keys takes about 100 ns a request */
    if (rated) draw(start, per_second, seconds, atol(argv[8]), atol(argv[9]), room);
    else if (doubling) draw_twice(start, per_second, keys, distance, atol(argv[9]));
    else
        for (planned = 0; planned < room; planned++)
            plan[planned] = (struct request){start, sweeping ? planned + 1 : 0};
    run();
    report(now() - start, keys);
    return 0;
}

/* The bar: what one writes by hand for speed alone. One thread, epoll, carry-less-multiply CRC,
 * the handler from a shared library, one receive and one send a turn. It has no limits, no
 * deadlines, no sessions, no metrics, no log, no reload, and no answer to bad frames.
 *
 *     handwritten tcp://127.0.0.1:0 ./plugin.so
 */
#include "listen.h"

#include <dlfcn.h>

#include "crc.h"
#include "handler.h"

enum {
    HEAD = 6,
    MIN_FRAME = 8,
    MAX_FRAME = 263,
    ROUTES = 1 << 14,
    KINDS = 0xC000,
    REPLY = 0x8000,
    READ = 64 * 1024,
    /* The shortest request may have the longest reply. */
    WRITE = (READ + MAX_FRAME) / MIN_FRAME * MAX_FRAME,
};

/* What a connection keeps between turns: nothing, unless a frame is partial or its peer slow. */
struct connection {
    uint8_t *partial, *unsent;
    uint32_t partial_len, unsent_len;
};

static struct connection connections[MAX_DESCRIPTORS];
static handler *routes[ROUTES];
static uint8_t in[MAX_FRAME + READ], out[WRITE + MAX_FRAME];

static uint8_t *keep(uint8_t **kept, uint32_t *kept_len, const uint8_t *at, size_t len)
{
    *kept_len = (uint32_t)len;
    *kept = malloc(len);
    return *kept ? memcpy(*kept, at, len) : NULL;
}

static void forget(uint8_t **kept, uint32_t *kept_len)
{
    free(*kept);
    *kept = NULL;
    *kept_len = 0;
}

static void drop(int fd)
{
    struct connection *own = &connections[fd];
    forget(&own->partial, &own->partial_len);
    forget(&own->unsent, &own->unsent_len);
    close(fd);
}

/* Answers a good frame at `to`; returns where the next reply goes. */
static inline uint8_t *answer(const uint8_t *frame, uint8_t *to)
{
    uint16_t command = (uint16_t)(frame[4] << 8 | frame[5]);
    handler *handle = routes[command & (ROUTES - 1)];
    if (!handle || command & KINDS)
        return to;
    uint8_t len = handle(frame[2], command, frame + HEAD, frame[3], to + HEAD);
    to[0] = to[1] = 0xAA;
    to[2] = frame[2];
    to[3] = len;
    to[4] = (uint8_t)((command | REPLY) >> 8);
    to[5] = (uint8_t)command;
    uint16_t crc = crc16(to + 2, len + (size_t)(HEAD - 2));
    to[HEAD + len] = (uint8_t)(crc >> 8);
    to[HEAD + len + 1] = (uint8_t)crc;
    return to + MIN_FRAME + len;
}

/* Answers every whole frame from `*at` to `end`; returns the end of the replies. */
static uint8_t *answer_all(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *frame = *at;
    uint8_t *to = out;
    while (end - frame >= MIN_FRAME) {
        size_t len = MIN_FRAME + (size_t)frame[3];
        if (frame[0] != 0xAA || frame[1] != 0xAA) {
            frame++;
        } else if ((size_t)(end - frame) < len) {
            break;
        } else if (crc16(frame + 2, len - 2)) {
            frame++;
        } else {
            to = answer(frame, to);
            frame += len;
        }
    }
    *at = frame;
    return to;
}

static void watch(int poll, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(poll, EPOLL_CTL_MOD, fd, &event);
}

/* Sends; what the peer does not take is kept, and no more is read before it is gone. */
static void send_out(int poll, int fd, const uint8_t *at, size_t len)
{
    struct connection *own = &connections[fd];
    ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
    if (sent == (ssize_t)len)
        return;
    if (sent < 0 && errno != EAGAIN)
        return drop(fd);
    size_t done = sent < 0 ? 0 : (size_t)sent;
    if (!keep(&own->unsent, &own->unsent_len, at + done, len - done))
        return drop(fd);
    watch(poll, fd, EPOLLOUT);
}

static void serve(int poll, int fd)
{
    struct connection *own = &connections[fd];
    ssize_t got = recv(fd, in + MAX_FRAME, READ, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0)
        return drop(fd);
    const uint8_t *at = in + MAX_FRAME, *end = at + got;
    if (own->partial) {
        at -= own->partial_len;
        memcpy((uint8_t *)at, own->partial, own->partial_len);
        forget(&own->partial, &own->partial_len);
    }
    uint8_t *to = answer_all(&at, end);
    if (at < end && !keep(&own->partial, &own->partial_len, at, (size_t)(end - at)))
        return drop(fd);
    if (to > out)
        send_out(poll, fd, out, (size_t)(to - out));
}

static void resume(int poll, int fd)
{
    struct connection *own = &connections[fd];
    uint8_t *rest = own->unsent;
    size_t len = own->unsent_len;
    own->unsent = NULL;
    own->unsent_len = 0;
    watch(poll, fd, EPOLLIN);
    send_out(poll, fd, rest, len);
    free(rest);
}

static handler *load(const char *file)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    handler *echo = library ? (handler *)dlsym(library, "echo") : NULL;
    if (!echo)
        errx(1, "%s", dlerror());
    return echo;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: handwritten URL PLUGIN");
    routes[0x0100] = load(argv[2]);
    int listener = listen_at(argv[1]), poll = poll_of(listener);
    static struct epoll_event events[1024];
    for (;;) {
        int count = epoll_wait(poll, events, 1024, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_all(poll, listener);
            else if (connections[fd].unsent)
                resume(poll, fd);
            else
                serve(poll, fd);
        }
    }
}

/* The floor: sends back whatever arrives and looks at none of it. No server that parses frames
 * can cost less on this kernel.
 *
 *     echo tcp://127.0.0.1:0
 */
#include "listen.h"

enum { ROOM = 64 * 1024 };

static char room[ROOM];

/* One receive, one send. A peer that does not read its replies is dropped: the benchmark always
 * reads, and a queue would be the first thing that this peer is here not to have. */
static void echo(int fd)
{
    ssize_t got = recv(fd, room, ROOM, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 || send(fd, room, (size_t)got, MSG_NOSIGNAL) != got)
        close(fd);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: echo URL");
    int listener = listen_at(argv[1]), poll = poll_of(listener);
    static struct epoll_event events[1024];
    for (;;) {
        int count = epoll_wait(poll, events, 1024, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(poll, listener);
            else
                echo(events[i].data.fd);
        }
    }
}

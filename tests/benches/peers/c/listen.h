/* Where a peer listens: both C peers are started with one URL and say when they are ready. */
#ifndef PEER_LISTEN_H
#define PEER_LISTEN_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Descriptors are indices of tables; this is how many there may be. */
enum { MAX_DESCRIPTORS = 65536 };

static inline int listen_unix(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof to.sun_path)
        errx(2, "%s: too long for a socket", path);
    strcpy(to.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to))
        err(1, "%s", path);
    return fd;
}

static inline int listen_tcp(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, (struct sockaddr *)&to, sizeof to))
        err(1, "port %s", port);
    return fd;
}

/* Listens at `tcp://127.0.0.1:PORT` or `unix://PATH` and prints the line `ready URL`. */
static inline int listen_at(const char *url)
{
    static const char tcp[] = "tcp://127.0.0.1:", local[] = "unix://";
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files))
        err(1, "getrlimit");
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    int is_local = !strncmp(url, local, strlen(local)), fd;
    if (is_local)
        fd = listen_unix(url + strlen(local));
    else if (!strncmp(url, tcp, strlen(tcp)))
        fd = listen_tcp(url + strlen(tcp));
    else
        errx(2, "%s: neither %sPORT nor %sPATH", url, tcp, local);
    if (listen(fd, 4096))
        err(1, "listen");

    struct sockaddr_in bound;
    socklen_t len = sizeof bound;
    if (is_local)
        printf("ready %s\n", url);
    else if (!getsockname(fd, (struct sockaddr *)&bound, &len))
        printf("ready %s%u\n", tcp, ntohs(bound.sin_port));
    fflush(stdout);
    return fd;
}

/* Takes every waiting connection into `poll`; its descriptor is the event's. */
static inline void accept_all(int poll, int listener)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (fd >= MAX_DESCRIPTORS || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event))
            close(fd);
    }
}

/* A poll that watches `listener`. */
static inline int poll_of(int listener)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event))
        err(1, "epoll");
    return poll;
}

#endif

//! HF04xx: listeners, sockets and what the system grants to them.

catalogue! {
    ADDRESS_IN_USE = "HF0401", "the address is in use",
    means "Another process, perhaps another hotframe, already listens on this address.",
    mend "Stop the other process, or listen elsewhere; port 0 takes any free port.",
    example "$ ss -ltnp 'sport = :7400'\n$ hotframe serve --listen tcp://127.0.0.1:0";

    ADDRESS_UNAVAILABLE = "HF0402", "the address is not of this machine",
    means "No network interface of this machine has the address, at least not yet.",
    mend "Use an address that `ip addr` shows, `0.0.0.0` or `[::]` for all, or wait for it.",
    example "listen = [\"tcp://0.0.0.0:7400\"]";

    PERMISSION = "HF0403", "listening is not permitted",
    means "The system does not let this user take the port (below 1024) or write into the socket's \
        folder.",
    mend "Choose a port above 1023, grant the right to bind, or choose another folder.",
    example "$ setcap cap_net_bind_service=+ep /usr/bin/hotframe";

    UNKNOWN_HOST = "HF0404", "the host name is unknown",
    means "The name in a `tcp://` address could not be resolved to an address of this machine.",
    mend "Write the address in numbers, or mend the name's entry in DNS or `/etc/hosts`.",
    example "listen = [\"tcp://127.0.0.1:7400\"]";

    SOCKET_PATH_TAKEN = "HF0405", "the socket's path is taken",
    means "Where the Unix socket should be lies something that is no socket, or a socket on which \
        another process answers. The server does not remove what is not its own.",
    mend "Move the other thing away, stop the other process, or choose another path.",
    example "[control]\nsocket = \"../run/other.sock\"";

    SOCKET_FAILED = "HF0406", "the socket could not be made",
    means "The system refused to make or prepare the socket, for the reason in the message.",
    mend "Mend what the message names: a missing folder, a full disk, a limit of descriptors.",
    example "$ mkdir -p run";

    TOO_FEW_DESCRIPTORS = "HF0407", "the descriptor limit is low",
    means "The process may open fewer descriptors than `limits.max_connections` asks for. The \
        server accepts as many connections as fit and keeps a reserve for itself.",
    mend "Raise the hard limit of open files, or lower `limits.max_connections`.",
    example "$ ulimit -Hn 65536";

    ACCEPT_PAUSED = "HF0408", "accepting pauses",
    means "The system is out of descriptors or memory. Waiting clients stay in the queue; the \
        server tries again by itself.",
    mend "Raise the limit of open files, or find what uses them up.",
    example "$ ls /proc/$(pidof hotframe)/fd | wc -l";

    OPEN_TO_NETWORK = "HF0409", "other machines can connect",
    means "A listener is bound to an address that other machines reach. Unless `auth.required` is \
        set, whoever reaches it may send any command.",
    mend "Bind to 127.0.0.1 or a Unix socket, demand credentials, or keep a firewall in front.",
    example "listen = [\"tcp://127.0.0.1:7400\"]";

    HTTP_OFF = "HF0410", "HTTP is not served",
    means "The default address for metrics, health checks and the web page could not be bound, for \
        the reason in the message. Frames are served all the same. An address that is set in the \
        configuration and cannot be bound is an error instead, and the server does not start.",
    mend "Set `http.listen` to a free port, to port 0 for any, or to \"\" to do without HTTP.",
    example "[http]\nlisten = \"127.0.0.1:7411\"";

    NOT_LISTED = "HF0411", "a passed socket is not used",
    means "The service manager, or the server before, passed a listening socket that no entry of \
        `listen` names. It was closed, and nobody is served there.",
    mend "Name it in `listen` exactly as it is bound, or take it out of the socket unit.",
    example "listen = [\"tcp://0.0.0.0:7400\"]   # ListenStream=0.0.0.0:7400";

    TAKE_OVER_FAILED = "HF0412", "the running server was not taken over",
    means "`serve --take-over` found a server at the control socket, and did not get its listening \
        sockets, for the reason in the message. The running server goes on as before.",
    mend "Look at its log; an older version may not know how: then stop it and start this one.",
    example "$ hotframe ctl drain && hotframe serve";

    PASSED_SOCKET = "HF0413", "a passed socket is unusable",
    means "The environment says that sockets were passed (`LISTEN_FDS`), and one of them is not a \
        listening TCP or Unix stream socket.",
    mend "Pass stream sockets that listen: `ListenStream=` in a socket unit with `Accept=no`.",
    example "[Socket]\nListenStream=7400";
}

//! HF05xx: the control socket and the commands that use it.

catalogue! {
    ALREADY_RUNNING = "HF0501", "a server already runs here",
    means "Another server answers on the control socket that this one wants to use.",
    mend "Stop the other one, or give this one a `control.socket` of its own.",
    example "$ hotframe ctl shutdown";

    UNKNOWN_VERB = "HF0502", "the server does not know that request",
    means "The server was asked for something that its version does not offer; server and tool are \
        of different versions.",
    mend "Use the tool that came with the server.",
    example "$ hotframe --version";

    MALFORMED = "HF0503", "the control request is malformed",
    means "What came over the control socket is not one line of JSON with the fields that the \
        request needs, or is too long.",
    mend "Use `hotframe ctl`, which speaks the control protocol.",
    example "{\"verb\":\"status\"}";

    FORBIDDEN = "HF0504", "the control socket refuses you",
    means "The control socket serves the server's own user and root, and nobody else.",
    mend "Run the command as the server's user.",
    example "$ sudo -u hotframe hotframe ctl status";

    BUSY = "HF0505", "too many control clients",
    means "As many control requests as the server takes at a time are under way already.",
    mend "Wait for them, or find out who sends them.",
    example "$ ss -xp | grep hotframe.sock";

    TIMEOUT = "HF0506", "no answer in time",
    means "The server took the request and has not answered it: a plugin may hold the loop, or the \
        machine is overloaded.",
    mend "Look at the log and at the loop's lag, and try again.",
    example "$ hotframe ctl status";

    STOPPING = "HF0507", "the server is shutting down",
    means "The server is draining its connections and takes no change any more.",
    mend "Wait for its end and start it again.",
    example "$ hotframe ctl status";

    UNKNOWN_PLUGIN = "HF0508", "no plugin of that name",
    means "The request names a plugin that the running server does not have.",
    mend "List the plugins that it has, and use one of their names.",
    example "$ hotframe ctl plugins";

    RELOAD_REFUSED = "HF0509", "the reload was refused",
    means "What was to be reloaded is not good; the last good state serves on.",
    mend "Mend the problems that are listed with it; the server notices by itself.",
    example "$ hotframe check";

    NO_SOCKET = "HF0510", "the control socket cannot be made",
    means "The folder of the control socket cannot be made or written, or its path is too long for \
        a socket.",
    mend "Set `control.socket` to a path of at most 107 bytes in a folder of the server's user.",
    example "[control]\nsocket = \"/run/hotframe/hotframe.sock\"";

    UNREACHABLE = "HF0511", "no server answers",
    means "Nothing listens on the control socket. The server does not run, runs with another \
        `control.socket`, or belongs to another user.",
    mend "Start the server, or name its socket with `--control`.",
    example "$ hotframe ctl status --control /run/hotframe/hotframe.sock";

    NOBODY = "HF0512", "no connection and no client of that name",
    means "The request names a connection or a client that the running server does not have, or \
        not any more.",
    mend "List those that it has, and use the id of a connection or the name of a client.",
    example "$ hotframe ctl sessions";

    SWITCH_REFUSED = "HF0520", "the plugin could not be switched",
    means "The plugin was to go back to an earlier version or to be enabled, and what was to serve \
        was refused. What served before serves on. The list of errors says why.",
    mend "Look up the codes of the errors, and mend what they name.",
    example "$ hotframe explain HF0263";

    NOT_SWITCHABLE = "HF0521", "this plugin cannot be switched",
    means "The plugin is a part of the server, which cannot be disabled or rolled back, or it is \
        disabled and would have to be enabled first.",
    mend "Name another plugin, or enable this one.",
    example "$ hotframe ctl enable echo";

    TOO_MANY_TAPS = "HF0525", "too many listeners",
    means "As many listeners as the server serves at a time watch its requests already.",
    mend "End one of the other `hotframe ctl tap`.",
    example "$ hotframe ctl tap 0x0100";

    UNKNOWN_LEVEL = "HF0526", "no such level of the log",
    means "The request names a level that the log does not have.",
    mend "Use off, error, warn, info, debug, trace, or `default` for what the configuration says.",
    example "$ hotframe ctl log debug plugin::echo";

    NO_WAY_BACK = "HF0528", "there is no configuration to go back to",
    means "No change of the configuration went live since the start or since the last rollback, or \
        another one went live while this rollback was under way. What serves is as it was.",
    mend "Look at what the files would change, and change them.",
    example "$ hotframe ctl plan";
}

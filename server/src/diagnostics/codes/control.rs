//! HF05xx: the control socket and the commands that use it.

use super::catalogue;

catalogue! {
    NOT_REACHABLE = "HF0501", "no server answers",
    means "Nothing listens on the control socket. The server does not run, runs with another \
        `control.socket`, or belongs to another user.",
    mend "Start the server, or name its socket with `--control`.",
    example "$ hotframe ctl status --control /run/hotframe/hotframe.sock";

    NOT_PERMITTED = "HF0502", "the control socket refuses you",
    means "The control socket may be used only by those whom `control.mode` lets in.",
    mend "Run the command as the server's user, or set a wider `control.mode`.",
    example "[control]\nmode = \"0660\"";

    UNKNOWN_REQUEST = "HF0503", "the server does not know that request",
    means "The server was asked for something that its version does not offer; server and tool are \
        of different versions.",
    mend "Use the tool that came with the server.",
    example "$ hotframe --version";

    UNKNOWN_PLUGIN = "HF0504", "no plugin of that name",
    means "The request names a plugin that the running server does not have.",
    mend "List the plugins that it has, and use one of their names.",
    example "$ hotframe ctl plugins";

    BAD_REQUEST = "HF0505", "the control request is malformed",
    means "What came over the control socket is not a line of JSON with the fields that the \
        request needs, or is too long.",
    mend "Use `hotframe ctl`, which speaks the control protocol.",
    example "{\"request\":\"status\"}";

    RELOAD_FAILED = "HF0506", "the reload failed",
    means "What was to be reloaded is not good; the last good state serves on.",
    mend "Mend the problems that are listed with it; the server notices by itself.",
    example "$ hotframe check";

    DRAINING = "HF0507", "the server is shutting down",
    means "The server is draining its connections and takes no change any more.",
    mend "Wait for its end and start it again.",
    example "$ hotframe ctl status";
}

//! HF00xx: the command line and the start of the server.

catalogue! {
    BAD_SET = "HF0001", "malformed --set",
    means "`--set` takes the dotted name of a configuration key, an equals sign and a value. The \
        value is read as TOML; what is no TOML value is taken as text.",
    mend "Write `--set KEY=VALUE`, with a key from the configuration reference.",
    example "$ hotframe serve --set limits.max_connections=100 --set log.level=debug";

    BAD_PROFILE = "HF0002", "impossible profile name",
    means "A profile's name becomes a file name, `profiles/NAME.toml`; this one holds characters \
        that lead elsewhere, or is empty.",
    mend "Use letters, digits, `-`, `_` and `.`, not beginning with a dot.",
    example "$ hotframe serve --profile production";

    BAD_VARIABLE = "HF0003", "malformed environment variable",
    means "Variables that begin with `HOTFRAME__` set configuration keys; two underscores stand \
        between the parts of the key. This one has an empty part.",
    mend "Write `HOTFRAME__SECTION__KEY`, or unset the variable.",
    example "$ HOTFRAME__LIMITS__MAX_CONNECTIONS=100 hotframe serve";

    STATE_DIR = "HF0004", "the state folder is unusable",
    means "`server.state_dir` could not be made, or may not be written. The server keeps the \
        control socket and private copies of plugins there.",
    mend "Make the folder and give it to the server's user, or set another.",
    example "[server]\nstate_dir = \"/var/lib/hotframe\"";


    WATCH_LIMIT = "HF0006", "changes are noticed late",
    means "The system grants no more file watches, so the server looks for changes by polling; a \
        change then takes some seconds instead of some milliseconds to go live.",
    mend "Raise the limit of inotify watches or instances.",
    example "$ sysctl fs.inotify.max_user_instances=512";

    ARGUMENT = "HF0011", "an argument cannot be read",
    means "A command, a payload or an address on the command line is written in a way that \
        `send` or `decode` does not know, or does not fit a frame.",
    mend "Write it as the message says; `hotframe send --help` lists the forms.",
    example "$ hotframe send 0x0100 u16be:513";

    INPUT = "HF0012", "an input cannot be read",
    means "A file that was named on the command line, or standard input, cannot be read.",
    mend "Check the file's name and whether you may read it.",
    example "$ hotframe decode capture.bin";

    UNREACHABLE = "HF0013", "no server answers there",
    means "No connection could be made to the address that frames were to be sent to, or to the \
        control socket that knows the handlers' names.",
    mend "Start the server, or say where it listens: `--to` for frames, `--control` for names.",
    example "$ hotframe send 0x0100 hello --to tcp://192.0.2.7:7400";

    NO_ANSWER = "HF0014", "no answer in time",
    means "The request was sent and no answer came within `--timeout`. The handler may be slow, \
        or the server busy.",
    mend "Wait longer with `--timeout`, and look at the server's log.",
    example "$ hotframe send 0x0100 hello --timeout 30s";

    BROKEN = "HF0015", "the connection broke",
    means "The connection ended before the answer came, or what came back are no frames.",
    mend "Check that a hotframe server listens at that address; its log says why it closed a \
        connection.",
    example "$ hotframe send 0x0004 --to tcp://127.0.0.1:7400";

    HANDLER = "HF0016", "no command leads to that handler",
    means "The running server knows no route to the handler that was named instead of a \
        command's number.",
    mend "See what there is with `hotframe ctl routes`, or give the number.",
    example "$ hotframe send echo.echo hello";

    SESSION = "HF0017", "the server refuses the session",
    means "The server answered HELLO with an error, so nothing else was sent.",
    mend "Leave out `--hello` where the server knows no sessions, or use an id that it takes.",
    example "$ hotframe send 0x0100 hello --hello press-7";
}

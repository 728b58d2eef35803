//! HF00xx: the command line and the start of the server.

use super::catalogue;

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
}

//! HF01xx: the configuration and the commands file.

catalogue! {
    UNKNOWN_KEY = "HF0101", "unknown key",
    means "No part of the server reads this key. It is refused rather than passed over, because a \
        key that is misspelt would otherwise have no effect and nobody would know.",
    mend "Correct the spelling, or remove the line.",
    example "[limits]\nmax_conections = 100    # meant: max_connections";

    SYNTAX = "HF0102", "not valid TOML",
    means "The file breaks the rules of TOML at this place, so what follows may be understood \
        wrongly. A file with such a place is not taken at all.",
    mend "Mend the line; texts need quotes, tables need both brackets, keys need a value.",
    example "listen = [\"tcp://127.0.0.1:7400\"    # the closing ] is missing";

    WRONG_TYPE = "HF0103", "the wrong kind of value",
    means "The key takes another kind of value: a text, a whole number, true or false, an array or \
        a table.",
    mend "Write a value of the kind that the message names.",
    example "[limits]\nmax_connections = \"100\"   # meant: max_connections = 100";

    BAD_DURATION = "HF0104", "not a duration",
    means "Durations are texts: a whole number and a unit, `ms`, `s`, `m` or `h`. A bare number \
        would leave the unit to guesswork.",
    mend "Write the number with its unit, in quotes.",
    example "frame_timeout = \"10s\"";

    BAD_SIZE = "HF0105", "not a size",
    means "Sizes are whole numbers of bytes, or texts with a unit: `B`, `KiB`, `MiB`, `GiB`. `kB` \
        and `MB` are not taken, since they mean 1000 to some and 1024 to others.",
    mend "Write a size such as \"64KiB\".",
    example "outbound_high_water = \"64KiB\"";

    BAD_RATE = "HF0106", "not a rate",
    means "Rates are texts: a whole number, a slash and `s`, `m` or `h`.",
    mend "Write a rate such as \"1000/s\".",
    example "accept_rate = \"1000/s\"";

    OUT_OF_RANGE = "HF0107", "out of range",
    means "The value is of the right kind, but smaller or larger than the server can work with.",
    mend "Choose a value within the range that the message names.",
    example "max_in_flight = 0          # at least 1";

    NOT_ONE_OF = "HF0108", "not one of the choices",
    means "The key takes one of a few words, and this is none of them.",
    mend "Write one of the words that the message lists.",
    example "on_remove = \"delete\"       # one of: keep, unload";

    CONTRADICTION = "HF0109", "two keys contradict each other",
    means "Each of the two values is possible, but together they cannot work.",
    mend "Change one of the two, as the message says.",
    example "listen = [\"tcp://127.0.0.1:7401\"]\n[http]\nlisten = \"127.0.0.1:7401\"    # taken above";

    BAD_LISTEN = "HF0110", "not an address to listen on",
    means "Listeners are written `tcp://HOST:PORT` or `unix://PATH`, or as a table with `url` and \
        options.",
    mend "Write the whole address with its scheme; IPv6 addresses stand in brackets.",
    example "listen = [\n    \"tcp://[::1]:7400\",\n    \"unix:///run/hotframe.data\",\n]";

    DUPLICATE_LISTEN = "HF0111", "listened on twice",
    means "Two listeners name the same address; the second could not be bound.",
    mend "Remove one of them; only port 0 may be there more than once.",
    example "listen = [\"tcp://127.0.0.1:7400\", \"tcp://127.0.0.1:7400\"]";

    NOT_IN_THIS_VERSION = "HF0112", "not in this version",
    means "What is asked for is known, but this version of the server cannot do it. It is refused, \
        because serving something else in its place would be dangerous.",
    mend "Remove it, or use a version that has it.",
    example "listen = [\"tls://0.0.0.0:7443\"]";

    BAD_COMMAND = "HF0114", "not a command number",
    means "Commands are numbers from 0x0100 to 0x3FFF, in hexadecimal with `0x` or in decimal, or \
        the word `default`.",
    mend "Write the number as in `0x0100` or `256`.",
    example "[commands]\n0x0100 = \"echo.echo\"";

    RESERVED_COMMAND = "HF0115", "the command is reserved",
    means "Command numbers 0x0000 to 0x00FF belong to the protocol itself and cannot be routed.",
    mend "Choose a number from 0x0100 to 0x3FFF.",
    example "[commands]\n0x0002 = \"echo.echo\"    # PING is answered by the server";

    COMMAND_TOO_LARGE = "HF0116", "the command does not fit",
    means "A command number has 14 bits; the two top bits of the word say whether a frame is a \
        request, an event, a reply or an error. 0x3FFF is the largest number.",
    mend "Choose a number from 0x0100 to 0x3FFF; words of the raw dialect stand below `[raw]`.",
    example "[commands]\n0x4000 = \"echo.echo\"    # an event to command 0x0000";

    DUPLICATE_COMMAND = "HF0117", "the command is there twice",
    means "Two keys are the same number in different spelling, such as `0x0100` and `256`; only \
        one of them could win.",
    mend "Remove one of the two lines.",
    example "[commands]\n0x0100 = \"echo.echo\"\n256 = \"echo.reverse\"";

    BAD_HANDLER = "HF0118", "not a handler's name",
    means "A handler is named by its plugin, a dot and its own name: `echo.reverse`. Both are of \
        lower-case letters, digits, `_` and `-`, with a letter first.",
    mend "Write `PLUGIN.HANDLER`; `hotframe ctl plugins` lists what there is.",
    example "0x0100 = \"echo.reverse\"";

    BAD_ADDRESS = "HF0119", "not a device address",
    means "Addresses are numbers from 0 to 255, or texts: a number, a number in hexadecimal, or a \
        range.",
    mend "Write for instance [1, \"16-31\", \"0x20\"].",
    example "addresses = [1, \"16-31\", \"0x20\"]";

    UNKNOWN_HANDLER = "HF0120", "no plugin offers that handler",
    means "The route names a handler that no plugin at hand offers. The server takes the route all \
        the same, answers 2005 HANDLER_UNAVAILABLE, and heals when the plugin comes.",
    mend "Correct the name, or put the plugin into a plugin folder.",
    example "0x0100 = \"echo.revers\"    # meant: echo.reverse";

    NOT_FOUND = "HF0121", "the file is not there",
    means "A file that the command line or another file names does not exist, or is a link that \
        leads nowhere.",
    mend "Correct the path; it is relative to the file that names it.",
    example "$ hotframe check --config /etc/hotframe/hotframe.toml";

    UNREADABLE = "HF0122", "the file cannot be read",
    means "The file is there, but the operating system does not let the server read it, or it is \
        no regular file.",
    mend "Give the server's user the right to read it, and name a file, not a folder.",
    example "$ chmod a+r config/hotframe.toml";

    TOO_LARGE = "HF0123", "the file is too large",
    means "Configuration files are read whole; this one is larger than any sensible one. Most \
        likely it is another kind of file.",
    mend "Name the right file.",
    example "$ ls -lh config/hotframe.toml";

    NOT_TEXT = "HF0124", "the file is not text",
    means "TOML files are text in UTF-8. At this place the file holds something else: another \
        encoding, or no text at all.",
    mend "Save the file as UTF-8, or name the right file.",
    example "$ iconv -f latin1 -t utf-8 hotframe.toml > new && mv new hotframe.toml";

    BAD_SECRET = "HF0125", "the secret cannot be had",
    means "A secret is a table with exactly one key, `file`, `env` or `credential`, that says from \
        where it is read. This one is malformed, or what it names is not there.",
    mend "Make the file, variable or credential, or correct its name.",
    example "[plugins.config.store]\npassword = { file = \"store.password\" }";

    BAD_MODE = "HF0126", "not a file mode",
    means "Modes are texts of octal digits, as `chmod` takes them. A bare number would be read as \
        decimal.",
    mend "Write a mode such as \"0600\".",
    example "[control]\nmode = \"0600\"";

    EMPTY_PATH = "HF0127", "not a path",
    means "The key takes a path, and this is empty or holds a byte that no path can have.",
    mend "Write a path, relative to the file that names it, or remove the key.",
    example "[server]\nstate_dir = \"../run\"";

    PATH_TOO_LONG = "HF0128", "too long for a socket",
    means "The path of a Unix socket may have at most 107 bytes, counted from the root.",
    mend "Use a shorter path, for instance under `/run`.",
    example "[control]\nsocket = \"/run/hotframe.sock\"";

    MISSING_KEY = "HF0129", "a key is missing",
    means "The table needs a key that it does not have.",
    mend "Add the key that the message names.",
    example "0x0100 = { handler = \"echo.echo\", timeout = \"2s\" }";

    BAD_HTTP_LISTEN = "HF0130", "not an address for HTTP",
    means "`http.listen` is an address in numbers and a port, or empty text to turn HTTP off.",
    mend "Write for instance \"127.0.0.1:7401\", or \"\".",
    example "[http]\nlisten = \"127.0.0.1:7401\"";

    BAD_PLUGIN_NAME = "HF0131", "not a plugin's name",
    means "`[plugins.config.NAME]` hands a table to the plugin NAME; plugin names are of \
        lower-case letters, digits, `_` and `-`, with a letter first, at most 64.",
    mend "Use the name that `hotframe ctl plugins` shows.",
    example "[plugins.config.echo]\nprefix = \"> \"";

    NO_ROUTES = "HF0132", "there are no routes",
    means "The commands file holds no entry, so every request to a command of yours is answered \
        1004 UNKNOWN_COMMAND.",
    mend "Add entries under `[commands]`.",
    example "[commands]\n0x0100 = \"echo.echo\"";

    EXPECTATION = "HF0133", "a route is not as expected",
    means "`check --expect FILE` compares what the routes would do with a request to what the file \
        says: the handler that it reaches, or the status that it is answered with.",
    mend "Change the route, or the expectation if the change is meant.",
    example "[[expect]]\ncommand = 0x0100\nhandler = \"echo.echo\"";

    PLUGIN_REFUSES = "HF0140", "a plugin does not take a key",
    means "The plugin that the table belongs to has looked at it and found this mistake. Its last \
        good configuration serves on.",
    mend "Write what the plugin asks for in the message.",
    example "[plugins.config.kv]\nmax_bytes = 67108864";

    BAD_CLIENTS = "HF0144", "the file of clients is no good",
    means "The file that `auth.file` names cannot be read, is no TOML, or holds something that is \
        no hash of Argon2 within sensible costs. Its lines are never shown. The clients of before \
        stay.",
    mend "Write a line NAME = \"HASH\" for each client, with hashes that `hotframe hash` makes.",
    example "$ printf %s 'the secret' | hotframe hash";
}

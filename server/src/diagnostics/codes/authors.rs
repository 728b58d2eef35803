//! HF06xx: the tools for authors of plugins.

catalogue! {
    NAME_IMPOSSIBLE = "HF0601", "no plugin can have that name",
    means "Routes name a plugin's handlers as `plugin.handler`, so a plugin's name has lower-case \
        letters, digits, `_` and `-` only, a letter first, and at most 64 of them. A plugin in \
        Rust cannot have the name of a word of the language either.",
    mend "Choose a name of lower-case letters, digits, `_` and `-`, with a letter first, that is \
        no word of the language.",
    example "$ hotframe plugin new water-meter";

    FOLDER_IN_USE = "HF0602", "something is already there",
    means "The folder for the new plugin exists and is not empty, or a file has its name. Nothing \
        was changed.",
    mend "Name another folder with `--dir`, or remove what is there.",
    example "$ hotframe plugin new greeter --dir greeter-2";

    NOT_WRITTEN = "HF0603", "the new plugin cannot be written",
    means "The operating system would not let the folder of the new plugin be made: the folder \
        above it may not be written to, or is none, or the disk is full. Nothing is left of it.",
    mend "Name a folder that can be made with `--dir`.",
    example "$ hotframe plugin new greeter --dir ~/plugins/greeter";

    FRAMES_UNREADABLE = "HF0604", "the frames file cannot be read",
    means "The file that says what is to be sent to a plugin is not there, may not be read, or is \
        no text.",
    mend "Name the file with `--frames`, or write one; `hotframe plugin new` makes an example.",
    example "$ hotframe plugin test libgreeter.so --frames frames.toml";

    FRAMES_SYNTAX = "HF0605", "the frames file is malformed",
    means "The frames file breaks the rules of TOML, or has a key that frames files do not have. \
        It holds a table `[config]` and any number of `[[frame]]`.",
    mend "Give each `[[frame]]` a `handler`, and `data`, `reply`, `error`, `event`, `within`, \
        `address`, `connection`, `push`, `reload` or `name` where they matter.",
    example "[[frame]]\nhandler = \"greet\"\ndata = \"Ada\"\nreply = \"hello, Ada\"";

    FRAMES_WRONG = "HF0606", "a frame of the frames file is wrong",
    means "A frame of the frames file cannot be sent, or what it expects can never come: data is \
        not what it is said to be or does not fit a frame, a handler is another plugin's, a code \
        is none.",
    mend "Write data and replies as for `hotframe send`: text, `hex:01ff`, `u16be:513`.",
    example "[[frame]]\nhandler = \"greet\"\ndata = \"hex:ff\"\nerror = 1001";

    FRAMES_FAILED = "HF0607", "the plugin did not pass its frames",
    means "The plugin was built, and tried out in a process of its own, where it could not be \
        loaded, did not start, or answered otherwise than its frames file says. It was not brought \
        to the server; what was live stays live.",
    mend "Mend the plugin, or the frames file if that is wrong.",
    example "$ hotframe plugin test build/libgreeter.so --frames frames.toml";

    NOTHING_TO_BUILD = "HF0608", "nothing that can be built",
    means "`hotframe plugin dev` builds with `cargo build --release` where there is a Cargo.toml, \
        else with `make` where there is a Makefile. The folder has neither.",
    mend "Name the plugin's folder; `hotframe plugin new` makes one.",
    example "$ hotframe plugin dev greeter";

    BUILD_FAILED = "HF0609", "the plugin's build failed",
    means "The tool that builds the plugin could not be run, or ended with an error, which it has \
        said above. Nothing was brought to the server; what was live stays live.",
    mend "Mend what the tool complains about, and save.",
    example "$ cargo build --release";

    NO_LIBRARY = "HF0610", "the build left no plugin",
    means "The build was good, but there is not exactly one shared library to be found: a crate \
        needs `crate-type = [\"cdylib\"]`, and a Makefile leaves one `.so` in `build/` or beside \
        itself.",
    mend "Have the build make one shared library: `crate-type = [\"cdylib\"]` under `[lib]` in \
        Cargo.toml, or one `.so` in `build/`.",
    example "[lib]\ncrate-type = [\"cdylib\"]";

    NO_PLUGIN_FOLDER = "HF0611", "no way into the folder of plugins",
    means "The folder in which the running server looks for plugins is not there, or may not be \
        written to.",
    mend "Name one of the server's `plugins.dirs` with `--to`.",
    example "$ hotframe plugin dev greeter --to ../hotframe/plugins";

    NOT_TAKEN = "HF0612", "the server has not taken the plugin",
    means "The plugin was built, passed, and lies in the folder of plugins, but the running server \
        does not serve it: it refused it, for the reason that is said, or looks elsewhere.",
    mend "Mend what the reason names. Where there is none, name the server's folder with `--to`, \
        or its control socket with `--control`.",
    example "$ hotframe ctl plugins";
}

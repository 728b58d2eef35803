//! HF06xx: the tools for authors of plugins.

catalogue! {
    FRAMES_UNREADABLE = "HF0604", "the frames file cannot be read",
    means "The file that says what is to be sent to a plugin is not there, may not be read, or is \
        no text.",
    mend "Name the file with `--frames`, or write one; `hotframe plugin new` makes an example.",
    example "$ hotframe plugin test libgreeter.so --frames frames.toml";

    FRAMES_SYNTAX = "HF0605", "the frames file is malformed",
    means "The frames file breaks the rules of TOML, or has a key that frames files do not have. \
        It holds a table `[config]` and any number of `[[frame]]`.",
    mend "Give each `[[frame]]` a `handler`, and `data`, `reply`, `error`, `event`, `within`, \
        `address`, `connection` or `name` where they matter.",
    example "[[frame]]\nhandler = \"greet\"\ndata = \"Ada\"\nreply = \"hello, Ada\"";

    FRAMES_WRONG = "HF0606", "a frame of the frames file is wrong",
    means "A frame of the frames file cannot be sent, or what it expects can never come: data is \
        not what it is said to be or does not fit a frame, a handler is another plugin's, a code \
        is none.",
    mend "Write data and replies as for `hotframe send`: text, `hex:01ff`, `u16be:513`.",
    example "[[frame]]\nhandler = \"greet\"\ndata = \"hex:ff\"\nerror = 1001";
}

//! HF02xx: plugin files, from the look at the file to the switch of its routes.

use super::catalogue;

catalogue! {
    NOT_REGULAR_FILE = "HF0201", "not a regular file",
    means "The name ends like a plugin's, but what lies there is a folder, a pipe, a socket or a \
        device. The server never opens such things to load code from them.",
    mend "Put the shared library itself under that name, or move the other thing elsewhere.",
    example "$ file plugins/libecho.so\nplugins/libecho.so: directory";

    DANGLING_LINK = "HF0202", "the link leads nowhere",
    means "The plugin's name is a symbolic link whose target does not exist. The last good version \
        serves on, if there was one.",
    mend "Point the link to an existing file; `ln -sfn` and a rename make the switch in one step.",
    example "$ ln -sfn libecho-2.so plugins/libecho.so";

    UNREADABLE = "HF0203", "the file cannot be read",
    means "The operating system refused to open or read the plugin file: a missing permission, an \
        error of the disk or of a network mount.",
    mend "Give the server's user the right to read the file and to enter its folders.",
    example "$ chmod a+r plugins/libecho.so";

    UNTRUSTED_OWNER = "HF0204", "the owner is not trusted",
    means "A plugin runs with all the rights of the server. It must belong to root or to the user \
        whom the server runs as; whoever owns it could otherwise run code as the server.",
    mend "Change the owner, or run the server as the user whom the plugin belongs to.",
    example "$ chown root plugins/libecho.so";

    WRITABLE_BY_OTHERS = "HF0205", "others may write the file",
    means "The plugin file may be written by its group or by everyone, so any of them could run \
        code as the server.",
    mend "Take the right to write away from group and others.",
    example "$ chmod go-w plugins/libecho.so";

    FOLDER_WRITABLE_BY_OTHERS = "HF0206", "others may write the folder",
    means "The plugin folder may be written by everyone and is not sticky, so anybody could put \
        another file in the plugin's place.",
    mend "Take the right to write away from others.",
    example "$ chmod o-w plugins";

    TOO_LARGE = "HF0207", "the file is too large",
    means "The file is larger than any plugin that the server is willing to copy and map. It is \
        most likely not a plugin, or carries unneeded debugging data.",
    mend "Strip the library, or look whether the right file was copied.",
    example "$ strip --strip-debug plugins/libecho.so";

    NOT_ELF = "HF0208", "not an ELF file",
    means "The file does not begin like a shared library of this system. It may be a text file, an \
        archive, a library of another operating system, or empty.",
    mend "Build the plugin as a shared library (`cdylib` in Rust, `-shared` in C) and copy that.",
    example "$ file plugins/libecho.so\nplugins/libecho.so: ASCII text";

    TRUNCATED = "HF0209", "the file is incomplete",
    means "The file's own tables point beyond its end, so part of it is missing: the copy is still \
        running, or was cut short. Loading it would kill the server, so it is not loaded.",
    mend "Copy it again, best under another name with a rename at the end.",
    example "$ cp libecho.so plugins/.new && mv plugins/.new plugins/libecho.so";

    WRONG_ARCHITECTURE = "HF0210", "built for another processor",
    means "The library was built for another processor or word size than this server.",
    mend "Build the plugin for the server's target.",
    example "$ cargo build --release --target x86_64-unknown-linux-gnu";

    NOT_SHARED_LIBRARY = "HF0211", "not a shared library",
    means "The file is ELF, but a program, an object file or a core dump rather than a library \
        that can be loaded.",
    mend "Link the plugin with `-shared`, or set `crate-type = [\"cdylib\"]`.",
    example "[lib]\ncrate-type = [\"cdylib\"]";

    NO_NOTE = "HF0212", "no hotframe note",
    means "A plugin says what it is in an ELF note that can be read before any of its code runs. \
        This library has none: it is some other library, or the note was stripped by the linker.",
    mend "Use the plugin macro of the SDK (`HF_PLUGIN` in C), and do not discard note sections.",
    example "$ readelf -n plugins/libecho.so | grep hotframe";

    BAD_NOTE = "HF0213", "the hotframe note is malformed",
    means "The note that describes the plugin is cut short, is not text where it should be, or \
        names the plugin with characters that a route could not spell.",
    mend "Build the plugin with the SDK's macro rather than writing the note by hand.",
    example "$ hotframe plugin inspect plugins/libecho.so";

    WRONG_ABI = "HF0214", "built for another ABI",
    means "The plugin was built against a major version of the plugin interface that this server \
        does not speak.",
    mend "Build it against the plugin SDK that came with this server.",
    example "$ cargo update -p hotframe-plugin-api && cargo build --release";

    NEEDS_NEWER_SERVER = "HF0215", "needs a newer server",
    means "The plugin requires parts of the plugin interface that were added after this server was \
        built.",
    mend "Update the server, or build the plugin against an older SDK.",
    example "$ hotframe --version";

    PANIC_ABORT = "HF0216", "built to abort on panic",
    means "The plugin was built with `panic = \"abort\"`. A panic in one of its handlers would end \
        the whole server instead of one request.",
    mend "Build it with `panic = \"unwind\"`.",
    example "[profile.release]\npanic = \"unwind\"";

    NO_ENTRY = "HF0217", "the entry symbol is missing",
    means "The library has a hotframe note, but does not export `hotframe_plugin_v1`, the one \
        function by which the server enters it.",
    mend "Export the symbol: the SDK's macro does; a version script or `-fvisibility` may hide it.",
    example "$ nm -D plugins/libecho.so | grep hotframe_plugin_v1";

    LOAD_FAILED = "HF0218", "the system could not load it",
    means "The dynamic loader refused the library: a symbol or a library it needs is missing, or \
        it needs a newer C library than this system's.",
    mend "Read the loader's words in the message; `ldd` names a library that is missing.",
    example "$ ldd -r plugins/libecho.so";

    ENTRY_REFUSED = "HF0219", "the entry function refused",
    means "`hotframe_plugin_v1` returned null: the plugin looked at this server and declined.",
    mend "Look at the plugin's own words in the log just before; it may need a newer server.",
    example "if (!HF_HAS(host, log)) return NULL;";

    NOTE_MISMATCH = "HF0220", "the table contradicts the note",
    means "What the entry function returned names another plugin, version or ABI than the note in \
        the file. The build mixed parts of two plugins.",
    mend "Build the plugin from scratch.",
    example "$ cargo clean -p echo && cargo build --release";

    BAD_TABLE = "HF0221", "the plugin table is invalid",
    means "The table that the entry function returned is too small for what it announces, or a \
        function that every plugin must have is null.",
    mend "Build the plugin with the SDK's macro or the header's, without hand-made tables.",
    example "$ hotframe plugin inspect plugins/libecho.so";

    BAD_HANDLERS = "HF0222", "the handler table is invalid",
    means "A handler has no function, no name, a name that a route could not spell, the name of \
        another handler of the same plugin, or impossible length limits.",
    mend "Give each handler a unique name of letters, digits, `_` and `-`, and min <= max <= 255.",
    example "{ .name = HF_STR(\"sum\"), .call = sum, .min_len = 0, .max_len = 255 }";

    CREATE_FAILED = "HF0223", "the plugin would not start",
    means "The plugin's `create` returned an error or panicked. Most often its configuration under \
        `[plugins.config.NAME]` is wrong, or something that it needs is not there.",
    mend "Follow the plugin's own words in the message.",
    example "[plugins.config.tally]\nstart = 100";

    NAME_TAKEN = "HF0224", "the name is already taken",
    means "Another file has brought a plugin of the same name. Routes name plugins by that name, \
        so only one file may carry it at a time.",
    mend "Remove one of the two files; to replace a plugin, keep its file name.",
    example "$ mv libecho-new.so plugins/libecho.so";

    CHANGED_WHILE_READ = "HF0225", "the file changed while it was read",
    means "The file was written to while the server copied it, so the copy may be a mixture. It is \
        tried again as soon as the file is quiet.",
    mend "Nothing, if it goes away by itself; else replace the file by a rename.",
    example "$ cp libecho.so plugins/.new && mv plugins/.new plugins/libecho.so";

    SHADOW_UNUSABLE = "HF0226", "no folder for private copies",
    means "The server loads a private copy of each plugin. It found no folder that it may write to \
        and that is allowed to hold executable code (a `noexec` mount is not).",
    mend "Set `server.state_dir` to a folder on a file system that is mounted without `noexec`.",
    example "[server]\nstate_dir = \"/var/lib/hotframe\"";

    RESERVED_NAME = "HF0227", "the name is reserved",
    means "The plugin calls itself `builtin` or `default`; those names belong to the server.",
    mend "Give the plugin a name of its own.",
    example "#[hotframe::plugin(name = \"echo\")]";

    FOLDER_UNREADABLE = "HF0228", "the plugin folder cannot be read",
    means "A folder of `plugins.dirs` is not there, is no folder, or may not be listed. What was \
        loaded from it serves on, and the server looks again until it is back.",
    mend "Make the folder, or correct `plugins.dirs`.",
    example "[plugins]\ndirs = [\"../plugins\"]";

    COPY_FAILED = "HF0229", "the private copy could not be made",
    means "Writing the private copy of the plugin failed: the disk is full, or an error occurred.",
    mend "Free space under `server.state_dir`, or move it to another disk.",
    example "$ df -h run";

    STATIC_TLS = "HF0230", "needs static thread storage",
    means "The library asks for static thread-local storage, of which a running process has very \
        little; after a few reloads the system would refuse to load it.",
    mend "Do not link an allocator such as jemalloc into the plugin with its static-TLS option.",
    example "$ readelf -d plugins/libecho.so | grep STATIC_TLS";

    CONFIG_REFUSED = "HF0231", "the plugin refuses its configuration",
    means "The plugin looked at its table `[plugins.config.NAME]` and declined it. The generation \
        that ran before serves on with the configuration that it had.",
    mend "Follow the plugin's own words in the message.",
    example "[plugins.config.tally]\nstart = 100";
}

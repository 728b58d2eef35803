//! HF02xx: plugin files, from the look at the file to the switch of its routes.

catalogue! {
    MISSING = "HF0201", "nothing is there",
    means "Nothing lies under the plugin's name, or it is a symbolic link whose target does not \
        exist. The last good version serves on, if there was one.",
    mend "Put the file there, or point the link to one that exists.",
    example "$ ln -sfn libecho-2.so plugins/libecho.so";

    FOLDER = "HF0202", "a folder, not a file",
    means "The name ends like a plugin's, but a folder lies there. A plugin is one shared library; \
        folders are not searched for more.",
    mend "Move the folder away, or name it otherwise.",
    example "$ ls -d plugins/*/";

    NOT_REGULAR_FILE = "HF0203", "not a regular file",
    means "The name ends like a plugin's, but what lies there is a pipe, a socket or a device. The \
        server never opens such things to load code from them.",
    mend "Put the shared library itself under that name, or move the other thing elsewhere.",
    example "$ file plugins/libecho.so\nplugins/libecho.so: fifo (named pipe)";

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

    FOLDER_WRITABLE_BY_OTHERS = "HF0206", "the folder is not safe",
    means "Others than root and the server's user own the plugin folder or may write into it, so \
        anybody of them could put another file in the plugin's place.",
    mend "Take the right to write away from group and others, and own the folder.",
    example "$ chmod go-w plugins";

    TOO_LARGE = "HF0207", "the file is too large",
    means "The file is larger than any plugin that the server is willing to copy and map. It is \
        most likely not a plugin, or carries unneeded debugging data.",
    mend "Strip the library, or look whether the right file was copied.",
    example "$ strip --strip-debug plugins/libecho.so";

    UNREADABLE = "HF0208", "the file cannot be read",
    means "The operating system refused to open or read the plugin file: a missing permission, an \
        error of the disk or of a network mount.",
    mend "Give the server's user the right to read the file and to enter its folders.",
    example "$ chmod a+r plugins/libecho.so";

    CHANGED_WHILE_READ = "HF0209", "the file changed while it was read",
    means "The file was written to while the server copied it, so the copy may be a mixture. It is \
        tried again as soon as the file is quiet.",
    mend "Nothing, if it goes away by itself; else replace the file by a rename.",
    example "$ cp libecho.so plugins/.new && mv plugins/.new plugins/libecho.so";

    NOT_ELF = "HF0210", "not an ELF file",
    means "The file does not begin like a shared library of this system. It may be a text file, an \
        archive, a library of another operating system, or empty.",
    mend "Build the plugin as a shared library (`cdylib` in Rust, `-shared` in C) and copy that.",
    example "$ file plugins/libecho.so\nplugins/libecho.so: ASCII text";

    WRONG_ARCHITECTURE = "HF0211", "built for another processor",
    means "The library was built for another processor or word size than this server.",
    mend "Build the plugin for the server's target.",
    example "$ cargo build --release --target x86_64-unknown-linux-gnu";

    TRUNCATED = "HF0212", "the file is incomplete",
    means "The file's own tables point beyond its end, so part of it is missing: the copy is still \
        running, or was cut short. Loading it would kill the server, so it is not loaded.",
    mend "Copy it again, best under another name with a rename at the end.",
    example "$ cp libecho.so plugins/.new && mv plugins/.new plugins/libecho.so";

    NOT_SHARED_LIBRARY = "HF0213", "not a shared library",
    means "The file is ELF, but a program, an object file or a core dump rather than a library \
        that can be loaded.",
    mend "Link the plugin with `-shared`, or set `crate-type = [\"cdylib\"]`.",
    example "[lib]\ncrate-type = [\"cdylib\"]";

    DAMAGED = "HF0214", "parts of the file are empty",
    means "Parts of the file that must hold something are zero or point outside of it, as when a \
        copy first reserves the space and then fills it. Loading it would kill the server.",
    mend "Copy it again, best under another name with a rename at the end.",
    example "$ cp libecho.so plugins/.new && mv plugins/.new plugins/libecho.so";

    NO_NOTE = "HF0215", "no hotframe note",
    means "A plugin says what it is in an ELF note that can be read before any of its code runs. \
        This library has none: it is some other library, or the note was stripped by the linker.",
    mend "Write the note: `plugin!` does in Rust, `HF_PLUGIN_NOTE(\"NAME\", \"VERSION\")` in C. \
        Have the linker keep note sections.",
    example "$ readelf -n plugins/libecho.so | grep hotframe";

    BAD_NOTE = "HF0216", "the hotframe note is malformed",
    means "The note that describes the plugin is cut short, is not text where it should be, or \
        names the plugin with characters that a route could not spell.",
    mend "Build the plugin with the SDK's macro rather than writing the note by hand.",
    example "$ hotframe plugin inspect plugins/libecho.so";

    WRONG_ABI = "HF0217", "built for another ABI",
    means "The plugin was built against a version of the plugin interface that this server does \
        not speak: another major version, or parts that were added after this server was built.",
    mend "Build it against the plugin SDK that came with this server, or update the server.",
    example "$ cargo update -p hotframe-plugin-api && cargo build --release";

    PANIC_ABORT = "HF0218", "built to abort on panic",
    means "The plugin was built with `panic = \"abort\"`. A panic in one of its handlers would end \
        the whole server instead of one request.",
    mend "Build it with `panic = \"unwind\"`.",
    example "[profile.release]\npanic = \"unwind\"";

    NO_ENTRY = "HF0219", "the entry symbol is missing",
    means "The library has a hotframe note, but does not export `hotframe_plugin_v1`, the one \
        function by which the server enters it.",
    mend "Export the symbol: the SDK's macro does; a version script or `-fvisibility` may hide it.",
    example "$ nm -D plugins/libecho.so | grep hotframe_plugin_v1";

    BAD_NAME = "HF0220", "impossible plugin name",
    means "The plugin's name is malformed, so that no route could spell it, or it belongs to the \
        server itself, as `builtin` does.",
    mend "Name it in lower-case letters, digits, `_` and `-`, with a letter first.",
    example "HF_PLUGIN_NOTE(\"echo\", \"1.0.0\");";

    NAME_TAKEN = "HF0221", "the name is already taken",
    means "Another file has brought a plugin of the same name. Routes name plugins by that name, \
        so only one file may carry it at a time.",
    mend "Remove one of the two files; to replace a plugin, keep its file name.",
    example "$ mv libecho-new.so plugins/libecho.so";

    LOAD_FAILED = "HF0222", "the system could not load it",
    means "The dynamic loader refused the library: a symbol or a library it needs is missing, or \
        it needs a newer C library than this system's.",
    mend "Read the loader's words in the message; `ldd` names a library that is missing.",
    example "$ ldd -r plugins/libecho.so";

    ENTRY_REFUSED = "HF0223", "the entry function refused",
    means "`hotframe_plugin_v1` returned null: the plugin looked at this server and declined.",
    mend "Look at the plugin's own words in the log just before; it may need a newer server.",
    example "if (!HF_HAS(host, log)) return NULL;";

    BAD_TABLE = "HF0224", "the plugin table is invalid",
    means "The table that the entry function returned contradicts itself, or names another plugin, \
        version or ABI than the note in the file: the build mixed parts of two plugins.",
    mend "Make the note and the table say the same (in C `HF_PLUGIN_NOTE`, `.name`, `.version` and \
        `.flags`), then build from scratch.",
    example "HF_PLUGIN_NOTE(\"echo\", \"1.2.0\"); /* and .version = HF_STR(\"1.2.0\") */";

    BAD_HANDLERS = "HF0225", "the handler table is invalid",
    means "A handler has no function, no name, a name that a route could not spell, the name of \
        another handler of the same plugin, or impossible length limits.",
    mend "Give each handler a unique name of letters, digits, `_` and `-`, and min <= max <= 255.",
    example "{ .name = HF_STR(\"sum\"), .call = sum, .min_len = 0, .max_len = 255 }";

    CREATE_FAILED = "HF0226", "the plugin would not start",
    means "The plugin's `create` returned an error or panicked. Most often its configuration under \
        `[plugins.config.NAME]` is wrong, or something that it needs is not there.",
    mend "Follow the plugin's own words in the message.",
    example "[plugins.config.tally]\nstart = 100";

    SHADOW_UNUSABLE = "HF0227", "no folder for private copies",
    means "The server loads a private copy of each plugin. It found no folder that it may write to \
        and that is allowed to hold executable code (a `noexec` mount is not).",
    mend "Make room there, or set `server.state_dir` to another folder, on a file system that is \
        mounted without `noexec`.",
    example "[server]\nstate_dir = \"/var/lib/hotframe\"";

    FOLDER_UNREADABLE = "HF0228", "the plugin folder cannot be read",
    means "A folder of `plugins.dirs` is not there, is no folder, or may not be listed. What was \
        loaded from it serves on, and the server looks again until it is back.",
    mend "Make the folder, or correct `plugins.dirs`.",
    example "[plugins]\ndirs = [\"../plugins\"]";

    STATIC_TLS = "HF0229", "needs static thread storage",
    means "The library asks for static thread-local storage, of which a running process has very \
        little; after a few reloads the system would refuse to load it.",
    mend "Do not link an allocator such as jemalloc into the plugin with its static-TLS option.",
    example "$ readelf -d plugins/libecho.so | grep STATIC_TLS";

    TOO_MANY_LINGER = "HF0230", "too many old generations linger",
    means "Earlier generations of this plugin could not be unloaded: threads of theirs still run, \
        or a library that they brought along stays. Each keeps memory, so the newest one that \
        works serves on, and no other is loaded until some of them have left.",
    mend "Let the plugin join its threads when it is destroyed, then restart the server once.",
    example "$ hotframe ctl plugins";

    PROBE_CRASHED = "HF0231", "the plugin crashed in its trial",
    means "Before a plugin is loaded it is tried out in a process of its own: loaded, created with \
        its configuration, given a copy of the state that it is to go on from, started, destroyed \
        and unloaded. That process was ended by a signal, as the server would have been. The \
        message says which one, and what ran at that time. The trial reads the plugin's \
        configuration from its standard input; started by hand it gets no state.",
    mend "Run the trial in a debugger; `hotframe explain HF0231` has the line to type.",
    example "$ echo '{}' | gdb --batch -ex run -ex bt --args hotframe __probe libecho.so";

    PROBE_EXITED = "HF0232", "the plugin ended its trial",
    means "In the trial before it is loaded, the plugin ended its process by `exit` or the like, \
        as it would have ended the server.",
    mend "Return an error from the function that is named in place of ending the process.",
    example "return hf_fail(cx->host, HF_CONFIG, 0, \"no port is set\");";

    PROBE_TIMED_OUT = "HF0233", "the plugin's trial took too long",
    means "In the trial before it is loaded, the plugin was not done in time. Its constructors, \
        `create`, `load_state`, `start` and `destroy` run on the server's loop, which would have \
        stood still for as long.",
    mend "Do what takes long on a thread of the plugin's own, after `create` has returned.",
    example "let loader = std::thread::spawn(load_everything);";

    PROBE_UNAVAILABLE = "HF0234", "the plugin could not be tried out",
    means "The process in which plugins are tried out could not be started or watched: the system \
        is out of processes, memory or descriptors, or forbids it.",
    mend "Give the server more of what the message names, or set `plugins.probe = false`.",
    example "[plugins]\nprobe = false";

    METRIC_REFUSED = "HF0250", "a plugin's metric is not shown",
    means "A plugin has defined a figure in a way that collectors would complain of, or more than \
        128 of them. The plugin serves; that figure is not in `/metrics`.",
    mend "The message says what is wrong with it: mend the definition in the plugin.",
    example "host.counter(Metric::new(\"frames_total\", \"Frames handled.\"))";

    SET_ASIDE = "HF0260", "this version is set aside",
    means "The server remembers that this version of the plugin is not to be loaded: it ended an \
        earlier run of the server, failed too often after it took over, or was rolled back by the \
        operator. The last good version serves, if a copy of it was kept.",
    mend "Put a mended file there; `hotframe ctl reload NAME` has this one loaded all the same.",
    example "$ hotframe ctl reload echo";

    SWITCHED_BACK = "HF0261", "the server went back to the version before",
    means "Within `plugins.probation` after it took over, more calls of the new version failed \
        than `plugins.probation_errors` and `plugins.probation_share` allow, and more than of the \
        version before. That one was still in memory and serves again; no reply was lost. What \
        the file holds is set aside.",
    mend "Mend the plugin and replace its file; `hotframe ctl reload NAME` has this one loaded all \
        the same.",
    example "$ hotframe ctl reload echo";

    DISABLED = "HF0262", "the plugin is disabled",
    means "The operator has switched the plugin off, which is remembered over restarts. Its file \
        is not loaded, and its routes answer 2005.",
    mend "`hotframe ctl enable NAME` lets it serve again.",
    example "$ hotframe ctl enable echo";

    NO_COPY = "HF0263", "there is no version to go back to",
    means "The version before is not in memory any more, and of the versions that stood their \
        probation no other copy is kept, or it is set aside itself.",
    mend "Put the file of the version that you want in the plugin's place.",
    example "$ cp libecho-1.so plugins/.new && mv plugins/.new plugins/libecho.so";

    CRASHED = "HF0264", "a plugin ended the last run",
    means "The record of the last run says that the server crashed, or was ended by a call of \
        `exit`, in the code of a plugin. That version is set aside, and all else serves.",
    mend "Mend the plugin and replace its file; the message and the core dump say where it was.",
    example "$ coredumpctl gdb hotframe";

    LOOP_HELD = "HF0265", "a plugin holds the loop",
    means "A function of a plugin has not returned for longer than `server.watchdog_soft`. It runs \
        on the loop's thread, so that nobody is served meanwhile. The field \
        `stack` of the line in the log has the calls that it is in, the innermost first. Beyond \
        `server.watchdog_hard`, if that is set, the server ends, and the next start sets the \
        plugin aside.",
    mend "See in `stack` where it is. Have it do what takes long on a worker thread, and answer \
        later by a token.",
    example "host->run_blocking(host, work, request, done, request);";

    TOO_SLOW = "HF0266", "a handler was slower than it wants to be",
    means "A call of the handler took longer than the `soft_deadline_us` that the plugin gives it.",
    mend "Look what the handler waits for, or give it another soft deadline.",
    example "\"sum\" => Sum::sum { soft_deadline_us: 500 },";

    RECORD_UNUSABLE = "HF0267", "crashes cannot be recorded",
    means "The file in which a crash would be recorded cannot be opened or read, or the system \
        does not take the handlers of signals. The server serves without it: after a crash nobody \
        knows which plugin it was.",
    mend "Give the server's user the right to write to `server.state_dir`.",
    example "$ ls -ld run";
}

//! HF03xx: plugins at run time, after their routes were switched.

catalogue! {
    HANDLER_PANICKED = "HF0301", "a handler panicked",
    means "A handler panicked or threw. The request was answered 2001 HANDLER_FAILED; the server \
        and all other requests are untouched.",
    mend "The plugin's own line before it in the log holds the panic's text and place: mend the \
        plugin and save it; it reloads.",
    example "$ hotframe ctl plugins";

    BAD_OUTCOME = "HF0302", "a handler broke the rules",
    means "A handler returned a number that is no outcome, gave no reply to a request, announced a \
        deferred reply without asking for a token, or a reply longer than 255 bytes.",
    mend "Return one of the outcomes of the header, and keep replies within `reply->cap`.",
    example "return HF_REPLY;";

    DRAIN_TIMEOUT = "HF0303", "old requests did not finish",
    means "A replaced plugin still owed deferred replies when `plugins.drain_timeout` was over. \
        They were answered 2004 TIMEOUT and the old version was let go.",
    mend "Answer deferred requests sooner, or set a longer `plugins.drain_timeout`.",
    example "[plugins]\ndrain_timeout = \"30s\"";

    STILL_MAPPED = "HF0304", "the old code could not be unloaded",
    means "The old version is out of use, but the system keeps it in memory: one of its threads \
        still runs, or a thread-local value with a destructor holds it.",
    mend "Join threads in `destroy`; avoid thread-local values with destructors in plugins.",
    example "$ hotframe ctl plugins --json | grep resident_generations";

    STALE_COMPLETION = "HF0306", "a late or double answer",
    means "A plugin answered a deferred request that was already answered, had timed out, or whose \
        connection is gone. The answer was dropped.",
    mend "Answer each token once, and stop working when `cancel` is called.",
    example "host->complete(token, 0, reply);";

    PLUGIN_GONE = "HF0307", "the plugin's file is gone",
    means "The file of a loaded plugin was removed. With `on_remove = \"keep\"` it serves on until \
        the server ends; with `\"unload\"` its routes answer 2005 HANDLER_UNAVAILABLE.",
    mend "Put the file back, or take the plugin's routes out of the commands file.",
    example "[plugins]\non_remove = \"unload\"";

    CREDENTIAL_REFUSED = "HF0310", "a credential was refused",
    means "A client said HELLO with a credential that is not its own, or with one of a client that \
        is not in the file of clients; or its source has shown too many of those lately, and then \
        it was not looked at (`throttled`).",
    mend "Give the client the secret whose hash is in the file, or wait: failures are forgiven.",
    example "[auth]\nfailure_rate = \"10/m\"";

    NO_JUDGE = "HF0320", "nobody judges credentials",
    means "`auth.plugin` names a plugin that is not loaded, or one without the extension \
        `hotframe.auth/1`. Every HELLO with a credential is answered 2005, so with \
        `auth.required` no client gets in.",
    mend "Name a plugin that judges credentials, or put it into a plugin folder: it is taken as \
        soon as it is there.",
    example "[auth]\nplugin = \"doorman\"";

    ENDED_AT_ONCE = "HF0321", "ended while something held the loop",
    means "SIGTERM or SIGINT came more than once, and the loop did nothing for a second after: a \
        function of a plugin did not return. The process ended at once with the exit code 1; what \
        was owed to clients is lost, and what plugins keep was not written.",
    mend "The line names the function: have it do what takes long on a worker thread. One signal \
        lets the server finish; `server.watchdog_hard` ends it without any.",
    example "$ kill $PID; kill $PID";

    UNGUARDED = "HF0322", "nobody would check credentials any more",
    means "A running server that requires credentials was given settings that name neither \
        `auth.file` nor `auth.plugin`, as when the file was emptied or lost its `[auth]`. They \
        were not taken: what served before goes on, and nobody gets in without a credential.",
    mend "Put `[auth]` back. If everybody is to be let in, say so: `required = false` under \
        `[auth]`. A server that is started with such settings takes them as they are.",
    example "[auth]\nrequired = false";

    STATE_SHARED = "HF0323", "another server keeps its state there",
    means "Two servers that run at a time have the same `server.state_dir`. Both write there which \
        plugins are set aside, what plugins keep, and who was on duty in a crash, and each may \
        undo what the other has written. Both serve all the same.",
    mend "Give each a `server.state_dir` of its own, or stop the one that the line names. To put \
        one in the place of the other, start it with `serve --take-over`.",
    example "[server]\nstate_dir = \"/var/lib/hotframe-2\"";

    NO_SUCH_PLUGIN = "HF0330", "a table for no plugin that is there",
    means "`[plugins.config.NAME]` or `[plugins.policy.NAME]` names a plugin that is not there, \
        and almost names one that is: that one does not get what the table says.",
    mend "Name the plugin as `hotframe ctl plugins` does.",
    example "[plugins.config.greeter]";

    STATE_NOT_PASSED_ON = "HF0340", "a plugin's state did not come over",
    means "A server took the place of another (`serve --take-over`), and that one has left no \
        state of this plugin: it had none, could not save or write it, or was not heard of any \
        more. The plugin goes on from the state of the last clean stop, if there is one.",
    mend "Look into the log of the server before, whose last lines say what became of it. What \
        lies under `state` in the state folder is what the plugin has begun with.",
    example "hotframe serve --take-over";

    OLDER_STATE = "HF0341", "a plugin goes on from state in an older form",
    means "What was kept of a plugin is of a version that the file which serves does not know: an \
        older one stands in. The version that kept it has written the same in the oldest form \
        that it knows, too, and that is loaded. What only the newer form holds is missing.",
    mend "Nothing, if an older version is to serve. Else mend the newer file, or have it loaded \
        with `hotframe ctl reload NAME`; the state that it finds then is the older version's.",
    example "$ hotframe ctl plugins";

    TRIED_IN_PART = "HF0350", "a plugin was tried out with a part of its state",
    means "Before a version takes over it is tried out in a process of its own, with a copy of the \
        state that it is to go on from. Of state that goes over in slices that is the first 16 \
        MiB, and the version is not started with a part; or loading it took longer than the half \
        minute for which a trial is waited for. Nothing was found wrong so far.",
    mend "Nothing has to be done. What the trial has not seen runs for the first time in the \
        server: try it out beforehand with `hotframe plugin test`, where `reload = true` hands \
        the state over.",
    example "$ hotframe plugin test target/release/libkv.so frames.txt";

    SIGNAL_LEFT = "HF0351", "a plugin left a handler of a signal behind",
    means "A version that was about to be unmapped had a function of its own handle a signal, and \
        has not taken that back: the next such signal would have ended the server. The server has \
        put back what handled the signal before.",
    mend "Handle no signals in a plugin: they are the process's, and a plugin is one of several in \
        it. If it has to be, put back in `destroy` what `sigaction` gave when it was set.",
    example "sigaction(SIGWINCH, &before, NULL);";

    TOO_MANY_DRAIN = "HF0355", "too many old generations have work left",
    means "Ten generations of this plugin are in memory: it was replaced again and again while the \
        ones before had still to answer what they put off, or to end jobs on worker threads. The \
        newest that is loaded serves on, and what the file holds by then is loaded as soon as an \
        old one has left.",
    mend "Nothing, if the plugin answers in the end: `plugins.drain_timeout` bounds how long that \
        takes. A job that never ends has no bound: let it see for itself when it is to stop.",
    example "$ hotframe ctl plugins --json | grep draining_generations";

    ASK_REFUSED = "HF0356", "what was asked before listening was refused",
    means "`hotframe listen --ask` sends a request first, such as for a subscription, and the \
        server or the plugin answered it with the error in the message. Without it there is \
        nothing to wait for, so the command ends.",
    mend "Look what the handler takes: `hotframe send` with the same command and data shows the \
        answer.",
    example "$ hotframe listen --hello lena --ask presence.subscribe";
}

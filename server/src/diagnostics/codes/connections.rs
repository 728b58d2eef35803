//! HF028x: credentials that plugins judge, and what all connections share.

catalogue! {
    NOBODY_JUDGES = "HF0280", "a credential could not be judged",
    means "The plugin that `auth.plugin` names is not loaded, has no extension `hotframe.auth/1`, \
        failed, or did not answer within `auth.timeout`; or more credentials of one source are \
        judged than at once is allowed. The client was not let in, and it does not count as its \
        fault: it heard 2005, 2001, 2004 or 2003, and may try again.",
    mend "Look at the reason in the log line, and at `hotframe ctl plugins`.",
    example "[auth]\nplugin = \"doorman\"\ntimeout = \"5s\"";

    BUFFERS_FULL = "HF0281", "the connections keep too many bytes",
    means "All connections together keep more than three quarters of `limits.max_buffered`: peers \
        do not take their replies, or handlers owe many. Who keeps more than 4 KiB is not read \
        until that is half again; at the whole of it those that keep the most are closed \
        (`buffers_full`).",
    mend "Look at `outbound_bytes` in `hotframe ctl connections` for who does not read; raise the \
        limit if the machine has the memory.",
    example "[limits]\nmax_buffered = \"1GiB\"";
}

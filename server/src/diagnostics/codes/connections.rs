//! HF028x: credentials that plugins judge, and what all connections share.

catalogue! {
    NOBODY_JUDGES = "HF0280", "a credential could not be judged",
    means "The plugin that `auth.plugin` names is not loaded, has no extension `hotframe.auth/1`, \
        failed, or did not answer within `auth.timeout`; or more credentials of one source are \
        judged than at once is allowed. The client was not let in, and it does not count as its \
        fault: it heard 2005, 2001, 2004 or 2003, and may try again.",
    mend "Look at the reason in the log line, and at `hotframe ctl plugins`.",
    example "[auth]\nplugin = \"doorman\"\ntimeout = \"5s\"";
}

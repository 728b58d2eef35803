//! HF0240 to HF0249 and HF0270: a plugin's configuration, health and state.

catalogue! {
    CONFIG_REFUSED = "HF0240", "the plugin does not take its configuration",
    means "The plugin has looked at `[plugins.config.NAME]` and found mistakes; `ctl status` and \
        the log show each with its place. What served before serves on, with the configuration \
        that it had.",
    mend "Correct the keys that are named; the change is taken as soon as the file is saved.",
    example "[plugins.config.kv]\nmax_bytes = 67108864";

    SELF_TEST_FAILED = "HF0241", "the plugin failed its own test",
    means "The plugin offers a test of itself, which is run before it takes over, and that says \
        that it would not serve.",
    mend "Follow the plugin's own words in the message.",
    example "fn self_test(&mut self) -> Result<(), Error> { self.open_database() }";

    START_FAILED = "HF0242", "the plugin could not begin",
    means "The plugin was created and has its state, and then could not begin. What served before \
        serves on.",
    mend "Follow the plugin's own words in the message.",
    example "fn start(&mut self) -> Result<(), Error> { self.host.start_beat(SECOND, 0) }";

    STATE_MISMATCH = "HF0243", "the plugin cannot take over the state",
    means "The plugin that serves, or that served before a clean stop, has state of a kind or \
        version that this one does not know. Nothing is lost: the old one serves on, or its state \
        stays in its file.",
    mend "Use a version of the plugin that knows it: if that was set aside, `hotframe ctl reload \
        NAME` loads it all the same. Or let this one begin without state by `on_state_mismatch = \
        \"fresh\"`, which is taken when it is saved, and moves the file to `NAME.refused`.",
    example "[plugins.policy.kv]\non_state_mismatch = \"fresh\"";

    STATE_NOT_SAVED = "HF0244", "the state could not be saved",
    means "The plugin that serves could not save its state, or the file for it could not be \
        written. On a reload the old generation serves on; at a stop the file that was there \
        before is still there.",
    mend "Follow the words in the message; the old generation's code is at fault, or the disk.",
    example "fn state(&mut self) -> Result<Figures, Error> { Ok(self.figures.clone()) }";

    STATE_NOT_LOADED = "HF0245", "the state could not be loaded",
    means "The plugin says that it knows the version of the state, and could not load it. It is \
        not used; the old generation, whose state is whole, serves on.",
    mend "Correct what loads the state (`restore` or `load` in Rust, `load_state` in C); the \
        plugin's own words are in the message.",
    example "assert!(old.hand_over::<New>(&TestHost::new()).is_ok());";

    STATE_TOO_LARGE = "HF0246", "too much state",
    means "A plugin may have `plugins.max_state` of state, and has more.",
    mend "Raise `plugins.max_state`, or let the plugin keep less.",
    example "[plugins]\nmax_state = \"1GiB\"";

    STATE_DAMAGED = "HF0247", "the kept state cannot be used",
    means "The file with the state of the last clean stop is not there whole, or not readable: \
        its checksum, its length or its header is wrong. The plugin is not started, so that \
        nothing overwrites it.",
    mend "Put back a good copy of the file; or begin without state by `on_state_mismatch = \
        \"fresh\"`, which moves the file out of the way.",
    example "[plugins.policy.kv]\non_state_mismatch = \"fresh\"";

    BAD_EXTENSION = "HF0249", "a table of the plugin contradicts itself",
    means "The plugin offers an optional set of functions, and the table of it is too small, not \
        aligned, or lacks a function that it must have.",
    mend "Fill every field of the table as the header says, its size first.",
    example "static const hf_state state = {sizeof state, 0x7a11, 1, 1, save, load, NULL};";

    CHANGES_LOST = "HF0270", "what a version has changed is lost",
    means "The server has gone back to a version before whose state knows no version of the newer \
        one's, or the newer one could not save it, or the older one could not load it. The older \
        one serves with the state that it had when it was replaced.",
    mend "Have the newer version write the state version of the one before, too, until it has \
        stood its probation.",
    example "const VERSION_MIN: u32 = 1;";
}

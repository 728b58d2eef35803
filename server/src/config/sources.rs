//! What the configuration is read from: owns the list of sources and where it comes from.

use std::path::PathBuf;

/// Everything that decides the configuration, gathered so that loading is a function of it and of
/// the files alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// `--config FILE`; `None` looks for `config/hotframe.toml` under [`Self::cwd`].
    pub config: Option<PathBuf>,
    /// `--profile NAME`; `None` looks at `HOTFRAME_PROFILE` in [`Self::env`].
    pub profile: Option<String>,
    /// `--set KEY=VALUE`, in the order given.
    pub sets: Vec<String>,
    /// `--listen URL`, in the order given; when there is any they replace the key `listen`.
    pub listens: Vec<String>,
    /// The environment: `HOTFRAME__…`, `HOTFRAME_PROFILE`, `CREDENTIALS_DIRECTORY` and what
    /// secrets name are looked up here, never in the process.
    pub env: Vec<(String, String)>,
    /// The working folder, absolute.
    pub cwd: PathBuf,
    /// The folder of the server's own executable, the second default folder of plugins.
    pub exe_dir: Option<PathBuf>,
    /// Files that served before, absolute: that one of them is gone is a mistake then, and no wish
    /// for the built-in default.
    pub served: Vec<PathBuf>,
    /// The commands file that serves: it is read while the file that would name it is bad.
    pub commands: Option<PathBuf>,
    /// The file of clients that serves, likewise.
    pub clients: Option<PathBuf>,
    /// What serves requires credentials: settings that say nothing of them are a mistake then.
    pub is_guarded: bool,
}

impl Sources {
    /// Sources with the environment, working folder and executable of this process, and nothing
    /// from a command line. Variables that are not UTF-8 are passed over.
    #[must_use]
    pub fn of_process() -> Self {
        let env = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let executable = std::env::current_exe().ok();
        Self {
            env,
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            exe_dir: executable.and_then(|file| file.parent().map(PathBuf::from)),
            ..Self::default()
        }
    }

    /// The value of an environment variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.env.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

//! Which server is meant: owns the order in which its control socket is looked for.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Names the control socket when the command line does not.
pub(in crate::cli) const VARIABLE: &str = "HOTFRAME_CONTROL";

/// Where the shipped configuration puts the socket, seen from the folder it is started in.
const DEFAULT: &str = "run/hotframe.sock";

/// The socket that the command line names, or this process's environment, or the default.
pub fn of_process(option: Option<&Path>) -> PathBuf {
    socket_path(option, std::env::var_os(VARIABLE))
}

/// The command line's word, else the variable's, else the default; empty ones do not count.
pub(in crate::cli) fn socket_path(option: Option<&Path>, variable: Option<OsString>) -> PathBuf {
    let option = option.map(Path::to_path_buf);
    let variable = variable.map(PathBuf::from);
    let named = [option, variable].into_iter().flatten().find(|path| !path.as_os_str().is_empty());
    named.unwrap_or_else(|| DEFAULT.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_the_variable_and_that_over_the_default() {
        let option = Some(Path::new("/o"));
        assert_eq!(socket_path(option, Some("/v".into())), Path::new("/o"));
        assert_eq!(socket_path(None, Some("/v".into())), Path::new("/v"));
        assert_eq!(socket_path(None, Some("".into())), Path::new("run/hotframe.sock"));
        assert_eq!(socket_path(None, None), Path::new("run/hotframe.sock"));
    }
}

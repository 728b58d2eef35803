//! The binary under test: built once in a test process, by the cargo that runs the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The top of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie one folder deep")
}

/// The folder with the built `hotframe` and every shipped plugin, in the profile of this test.
/// The first call builds them; cargo's own lock orders several test processes. Where
/// `HOTFRAME_E2E_BUILT` names a folder, what lies there is taken as it is: for long runs beside
/// other work.
pub fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(folder) = std::env::var_os("HOTFRAME_E2E_BUILT") {
            return PathBuf::from(folder);
        }
        let folder = profile_folder();
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a profile's name");
        let profile = if name == "debug" { "dev" } else { name };
        let target = folder.parent().expect("a profile lies in a target folder");
        let output = Command::new(env!("CARGO"))
            .args(["build", "--workspace", "--profile", profile])
            .arg("--target-dir")
            .arg(target)
            .current_dir(repository())
            .output()
            .expect("cargo starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the build failed:\n{errors}");
        folder
    })
}

/// `target/debug` of `target/debug/deps/e2e-0123456789abcdef`.
fn profile_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps").to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_folder_holds_this_test() {
        let test = std::env::current_exe().unwrap();
        assert_eq!(test.parent().unwrap(), profile_folder().join("deps"));
        assert!(repository().join("Cargo.lock").is_file());
    }
}

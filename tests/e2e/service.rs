//! The files for those who run it as a service.

use std::process::Command;

use hotframe_tests::repository;

#[test]
fn the_unit_exposes_little() {
    let unit = repository().join("config/systemd/hotframe.service");
    let mut judge = Command::new("systemd-analyze");
    // In tenths: at most 1.5.
    judge.args(["security", "--offline=true", "--no-pager", "--threshold=15"]).arg(unit);
    // Where there is no systemd, there is nobody to judge.
    let Ok(judged) = judge.output() else { return };
    let text = String::from_utf8_lossy(&judged.stdout).into_owned();
    assert!(judged.status.success(), "{text}");
    assert!(text.contains("Overall exposure level"), "{text}");
}

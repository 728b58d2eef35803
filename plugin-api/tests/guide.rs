//! What the guide for C authors says compiles: every block of C, without a warning.
#![allow(clippy::unwrap_used)]

mod compiler;

use std::path::Path;

#[test]
fn the_c_in_the_guide_compiles() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/plugins-c.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let blocks: Vec<&str> =
        guide.split("```c\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 5, "{}", blocks.len());
    let folder = tempfile::tempdir().unwrap();
    for (index, block) in blocks.iter().enumerate() {
        let Some(mut cc) = compiler::c() else { return };
        let file = folder.path().join(format!("block{index}.c"));
        std::fs::write(&file, block).unwrap();
        // The second is a part of a plugin: its functions are not used yet.
        cc.args(["-std=c11", "-fPIC", "-fvisibility=hidden", "-Wno-unused-function", "-c"]);
        compiler::run(cc.arg(&file).arg("-o").arg(folder.path().join("block.o")));
    }
}

//! The SDK as it was when this binary was built: what a new plugin gets along. Written by the
//! build script, from `plugin-api/`.

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn it_is_whole_and_depends_on_nothing() {
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api");
        for (path, content) in RUST {
            assert_eq!(fs::read_to_string(sdk.join(path)).unwrap(), *content, "{path}");
        }
        assert!(RUST.iter().any(|(path, _)| *path == "src/abi/host.rs"));
        let headers = fs::read_dir(sdk.join("include")).unwrap().count();
        assert_eq!(HEADERS.len(), headers);
        let manifest: toml::Table =
            fs::read_to_string(sdk.join("Cargo.toml")).unwrap().parse().unwrap();
        let features: toml::Table = FEATURES.parse().unwrap();
        assert_eq!(features.get("features"), manifest.get("features"));
        let needs = ["dependencies", "build-dependencies"];
        let needs = needs.map(|key| manifest.get(key).and_then(|it| it.as_table()));
        assert!(
            needs.into_iter().flatten().all(toml::Table::is_empty),
            "a new plugin is built without a registry"
        );
    }
}

//! What the plugin is configured with.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

/// Sizes that make sense.
const SIZES: RangeInclusive<u64> = 4096..=1 << 40;

/// `[plugins.config.kv]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The most bytes that keys and values may take.
    pub max_bytes: u64,
}

/// A key of the configuration, and what is wrong with it.
pub type Wrong = (String, String);

impl Default for Config {
    fn default() -> Self {
        Self { max_bytes: 64 << 20 }
    }
}

impl Config {
    /// Reads the text of a JSON object; every mistake is found.
    pub fn read(json: &str) -> Result<Self, Vec<Wrong>> {
        let map: Map<String, Value> = serde_json::from_str(json)
            .map_err(|error| vec![(String::new(), format!("no table: {error}"))])?;
        let (mut config, mut wrongs) = (Self::default(), Vec::new());
        for (key, value) in &map {
            match key.as_str() {
                "max_bytes" => match value.as_u64().filter(|size| SIZES.contains(size)) {
                    Some(size) => config.max_bytes = size,
                    None => wrongs.push((
                        key.clone(),
                        format!("{value} is no number of bytes from 4096 to {}", SIZES.end()),
                    )),
                },
                _ => wrongs.push((key.clone(), "no such key; known here: max_bytes".to_owned())),
            }
        }
        if wrongs.is_empty() { Ok(config) } else { Err(wrongs) }
    }
}

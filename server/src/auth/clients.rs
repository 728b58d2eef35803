//! The clients and the hashes of their credentials: owns what a good hash is.

use std::collections::BTreeMap;
use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};

/// So much memory, in KiB, a hash may ask for: it is used for every attempt.
const MOST_MEMORY: u32 = 256 * 1024;
/// So many passes it may ask for.
const MOST_PASSES: u32 = 64;

/// The hash of one client's credential, in the form `$argon2id$…`. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Hash(PasswordHash);

/// Every client, by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients(pub BTreeMap<String, Hash>);

/// Why a text is no hash that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHash {
    /// It is none, or of another kind.
    Unknown,
    /// It would take too much memory or time.
    TooCostly,
}

impl Hash {
    /// Reads a hash.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        let hash = PasswordHash::new(text).map_err(|_| BadHash::Unknown)?;
        let is_argon2 = matches!(hash.algorithm.as_str(), "argon2id" | "argon2i" | "argon2d");
        let params = Params::try_from(&hash).map_err(|_| BadHash::Unknown)?;
        if !is_argon2 || hash.salt.is_none() || hash.hash.is_none() {
            return Err(BadHash::Unknown);
        }
        if params.m_cost() > MOST_MEMORY || params.t_cost() > MOST_PASSES {
            return Err(BadHash::TooCostly);
        }
        Ok(Self(hash))
    }

    /// Whether `credential` is the one. Takes milliseconds; compares in constant time.
    fn fits(&self, credential: &[u8]) -> bool {
        Argon2::default().verify_password(credential, &self.0).is_ok()
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash")
    }
}

impl Clients {
    /// Whether `credential` is that of `client`. It takes as long for a client that is not known,
    /// so that nobody learns which ones are.
    pub fn admit(&self, client: &str, credential: &[u8]) -> bool {
        match self.0.get(client) {
            Some(hash) => hash.fits(credential),
            None => {
                if let Some(other) = self.0.values().next() {
                    let _as_long = other.fits(credential);
                }
                false
            }
        }
    }
}

/// The hash of a credential, with a salt of its own.
///
/// # Errors
/// When the system has no random numbers, or the credential is longer than Argon2 takes.
pub fn make_hash(credential: &[u8]) -> Result<String, String> {
    let made: Result<PasswordHash, _> = Argon2::default().hash_password(credential);
    made.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_fits_its_own_hash_and_no_other() {
        let made = make_hash(b"secret").unwrap();
        assert_ne!(made, make_hash(b"secret").unwrap(), "each has a salt of its own");
        let hash = Hash::parse(&made).unwrap();
        assert!(hash.fits(b"secret") && !hash.fits(b"Secret") && !hash.fits(b""));
        assert_eq!(format!("{hash:?}"), "Hash");
        let clients = Clients(BTreeMap::from([("dev1".to_owned(), hash)]));
        assert!(clients.admit("dev1", b"secret"));
        assert!(!clients.admit("dev1", b"other") && !clients.admit("dev2", b"secret"));
    }

    #[test]
    fn what_is_no_hash_or_too_costly_is_refused() {
        let good = make_hash(b"x").unwrap();
        let costly = good.replace("m=19456", "m=4000000");
        for (text, why) in [
            ("", BadHash::Unknown),
            ("secret", BadHash::Unknown),
            ("$argon2id$v=19$m=19456,t=2,p=1", BadHash::Unknown),
            ("$2b$12$abcdefghijklmnopqrstuu", BadHash::Unknown),
            (costly.as_str(), BadHash::TooCostly),
        ] {
            assert_eq!(Hash::parse(text), Err(why), "{text}");
        }
    }
}

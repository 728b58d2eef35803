//! Who the tools say they are: owns how a client's id and its credential are given to them.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, Sort};

/// The longest id of a client, in bytes.
const MAX_ID: usize = 64;
/// What a HELLO carries at most, with the zero byte between.
const MAX_HELLO: usize = 255;
/// Holds the credential where no file does.
const VARIABLE: &str = "HOTFRAME_CREDENTIAL";

/// The arguments by which a tool says HELLO.
#[derive(Clone, Debug, Args)]
pub struct Login {
    /// Say HELLO as this client first
    #[arg(long, value_name = "ID", value_parser = client_id)]
    hello: Option<String>,
    /// The file with the client's credential; without it the variable `HOTFRAME_CREDENTIAL`, if it
    /// is set. There is no argument for the credential itself: everybody could see it in `ps`
    #[arg(long, value_name = "FILE", requires = "hello")]
    credential_file: Option<PathBuf>,
}

/// A client, and what it shows.
#[derive(Clone)]
pub struct Hello {
    /// Its id.
    pub id: String,
    credential: Option<Vec<u8>>,
}

impl Login {
    /// Whom to say HELLO as, if that is wanted.
    ///
    /// # Errors
    /// The file cannot be read, or the credential does not fit.
    pub fn read(&self) -> Result<Option<Hello>, Failure> {
        let Some(id) = self.hello.clone() else { return Ok(None) };
        let credential = match &self.credential_file {
            Some(file) => Some(fs::read(file).map_err(|error| {
                let message = format!("`{}` cannot be read: {error}", file.display());
                Failure::new(Sort::Argument, message, "name the file that holds the credential")
            })?),
            None => std::env::var_os(VARIABLE).map(|value| value.into_encoded_bytes()),
        };
        let credential = credential.map(|mut bytes| {
            let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            bytes.truncate(line.strip_suffix(b"\r").unwrap_or(line).len());
            bytes
        });
        let most = MAX_HELLO - id.len() - 1;
        if credential.as_ref().is_some_and(|bytes| bytes.len() > most) {
            let message = format!("the credential has more than the {most} bytes that fit a HELLO");
            let help =
                "is it the right file? A HELLO carries the id, a zero byte and the credential";
            return Err(Failure::new(Sort::Argument, message, help));
        }
        Ok(Some(Hello { id, credential }))
    }
}

impl Hello {
    /// What it shows.
    pub fn credential(&self) -> Option<&[u8]> {
        self.credential.as_deref()
    }

    /// The data of the HELLO of the `number`th client of that name.
    pub fn data_of(&self, number: usize) -> Vec<u8> {
        let mut data = format!("{}-{number}", self.id).into_bytes();
        if let Some(credential) = &self.credential {
            data.push(0);
            data.extend_from_slice(credential);
        }
        data
    }
}

impl fmt::Debug for Hello {
    /// Shows nothing of the credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hello").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Reads the id of a client as HELLO takes it.
pub fn client_id(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > MAX_ID {
        return Err(format!("an id has 1 to {MAX_ID} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err("an id has no control characters".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_as_hello_takes_them() {
        assert!(client_id("press-7").is_ok() && client_id(&"x".repeat(64)).is_ok());
        for id in ["", "a\nb", &"x".repeat(65)] {
            assert!(client_id(id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn a_credential_is_read_from_its_file_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let login =
            Login { hello: Some("press-7".to_owned()), credential_file: Some(file.clone()) };
        assert!(login.read().unwrap_err().to_string().contains("cannot be read"));
        fs::write(&file, "open sesame\r\n").unwrap();
        let hello = login.read().unwrap().unwrap();
        assert_eq!(hello.credential(), Some(&b"open sesame"[..]));
        assert_eq!(hello.data_of(3), b"press-7-3\0open sesame");
        assert!(!format!("{hello:?}").contains("sesame"));
        fs::write(&file, [b'x'; 248]).unwrap();
        assert!(login.read().unwrap_err().to_string().contains("more than the 247 bytes"));
    }
}

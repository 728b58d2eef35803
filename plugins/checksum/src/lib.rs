//! The checksum plugin: checksums of the data of a request, big-endian.
//!
//! | handler | suggested command | reply | bytes |
//! | --- | --- | --- | --- |
//! | `checksum.crc16` | `0x0110` | CRC-16/XMODEM, the one that ends every frame | 2 |
//! | `checksum.crc32` | `0x0111` | CRC-32/ISO-HDLC, of zip, PNG and Ethernet | 4 |
//! | `checksum.crc32c` | `0x0112` | CRC-32/ISCSI (Castagnoli) | 4 |
//! | `checksum.adler32` | `0x0113` | Adler-32, of zlib | 4 |
//! | `checksum.sha256` | `0x0114` | SHA-256 | 32 |
//! | `checksum.all` | `0x0115` | the five above, in that order, one behind the other | 46 |
//!
//! It takes no configuration and keeps no state.

use adler2::adler32_slice;
use crc::{CRC_16_XMODEM, CRC_32_ISCSI, CRC_32_ISO_HDLC, Crc};
use hotframe_plugin_api::prelude::*;
use sha2::{Digest, Sha256};

static CRC16: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);
static CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
static CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// The plugin.
struct Checksum;

impl Plugin for Checksum {
    fn create(_: &Create<'_>) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Checksum {
    fn crc16(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(&CRC16.checksum(request.data()).to_be_bytes())?;
        Ok(Outcome::Reply)
    }

    fn crc32(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(&CRC32.checksum(request.data()).to_be_bytes())?;
        Ok(Outcome::Reply)
    }

    fn crc32c(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(&CRC32C.checksum(request.data()).to_be_bytes())?;
        Ok(Outcome::Reply)
    }

    fn adler32(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(&adler32_slice(request.data()).to_be_bytes())?;
        Ok(Outcome::Reply)
    }

    fn sha256(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(&Sha256::digest(request.data()))?;
        Ok(Outcome::Reply)
    }

    fn all(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        self.crc16(request, reply)?;
        self.crc32(request, reply)?;
        self.crc32c(request, reply)?;
        self.adler32(request, reply)?;
        self.sha256(request, reply)
    }
}

hotframe_plugin_api::plugin! {
    Checksum,
    name: "checksum",
    handlers: {
        "crc16" => Checksum::crc16 { default_command: 0x0110 },
        "crc32" => Checksum::crc32 { default_command: 0x0111 },
        "crc32c" => Checksum::crc32c { default_command: 0x0112 },
        "adler32" => Checksum::adler32 { default_command: 0x0113 },
        "sha256" => Checksum::sha256 { default_command: 0x0114 },
        "all" => Checksum::all { default_command: 0x0115 },
    }
}

#[cfg(test)]
mod tests {
    use hotframe_plugin_api::testing::{Loaded, TestHost};

    use super::Checksum;

    /// The text whose checksums every catalogue gives.
    const CHECK: &str = "123456789";

    fn load() -> Loaded<Checksum> {
        TestHost::new().load().unwrap()
    }

    /// Two hexadecimal digits a byte.
    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_check_values_of_the_catalogues() {
        let mut checksum = load();
        for (handler, value) in [
            ("crc16", "31c3"),
            ("crc32", "cbf43926"),
            ("crc32c", "e3069283"),
            ("adler32", "091e01de"),
            ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        ] {
            assert_eq!(hex(checksum.call(handler, CHECK).reply()), value, "{handler}");
        }
    }

    #[test]
    fn no_data_has_checksums_too() {
        let mut checksum = load();
        for (handler, value) in [
            ("crc16", "0000"),
            ("crc32", "00000000"),
            ("crc32c", "00000000"),
            ("adler32", "00000001"),
            ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ] {
            assert_eq!(hex(checksum.call(handler, "").reply()), value, "{handler}");
        }
    }

    #[test]
    fn all_are_the_others_in_order() {
        let mut checksum = load();
        let data: Vec<u8> = (0..=254).collect();
        let mut others = Vec::new();
        for handler in ["crc16", "crc32", "crc32c", "adler32", "sha256"] {
            others.extend_from_slice(checksum.call(handler, &data).reply());
        }
        assert_eq!(others.len(), 46);
        assert_eq!(checksum.call("all", &data).reply(), others);
    }
}

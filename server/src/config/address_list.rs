//! The value of `addresses`: owns how sets of device addresses are written.

use core::ops::RangeInclusive;

use crate::config::addresses::Addresses;
use crate::config::findings::{Findings, Wrong};
use crate::config::tree::{Node, Value};
use crate::config::values::{Read, wrong_type};
use crate::diagnostics::codes::config as codes;

/// Reads a list such as `[1, "16-31", "0x20"]`; mistakes are noted, and what is sound is answered.
pub(super) fn read(findings: &mut Findings, node: &Node) -> Addresses {
    let Value::List(items) = &node.value else {
        let wrong = wrong_type(node, "an array of addresses such as [1, \"16-31\"]");
        findings.wrong(&node.span, wrong);
        return Addresses::NONE;
    };
    let mut set = Addresses::NONE;
    for item in items {
        match address_range(item) {
            Ok(range) => range.for_each(|address| set.insert(address)),
            Err(wrong) => findings.wrong(&item.span, wrong),
        }
    }
    if items.is_empty() {
        let wrong = Wrong::new(codes::BAD_ADDRESS, "the route serves no address at all")
            .help("remove `addresses` to serve all of them, or set enabled = false");
        findings.wrong(&node.span, wrong);
    }
    set
}

fn address_range(node: &Node) -> Read<RangeInclusive<u8>> {
    let wrong = |given: &str| {
        Wrong::new(codes::BAD_ADDRESS, format!("`{given}` is not a device address"))
            .help("0 to 255, as a number, \"0x20\" or a range \"16-31\"")
    };
    match &node.value {
        Value::Whole(number) => u8::try_from(*number)
            .map(|address| address..=address)
            .map_err(|_| wrong(&number.to_string())),
        Value::Text(text) => {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let bounds = address(first.trim()).zip(address(last.trim()));
            match bounds {
                Some((first, last)) if first <= last => Ok(first..=last),
                Some(_) => Err(wrong(text).help(format!("write \"{last}-{first}\""))),
                None => Err(wrong(text)),
            }
        }
        _ => Err(wrong_type(node, "an address")),
    }
}

fn address(text: &str) -> Option<u8> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None => (text, 10),
    };
    u8::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))
}

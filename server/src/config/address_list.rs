//! The value of `addresses`: owns how sets of device addresses are written.

use core::ops::RangeInclusive;

use crate::config::addresses::Addresses;
use crate::config::findings::Wrong;
use crate::config::tree::{Node, Value};
use crate::config::values::{Read, wrong_type};
use crate::diagnostics::codes::config as codes;

/// Reads a list such as `[1, "16-31", "0x20"]`.
pub(super) fn read(node: &Node) -> Read<Addresses> {
    let Value::List(items) = &node.value else {
        return Err(wrong_type(
            node,
            "an array of addresses such as [1, \"16-31\"]",
        ));
    };
    let mut set = Addresses::NONE;
    for item in items {
        for address in address_range(item).map_err(|wrong| wrong.at(&item.span))? {
            set.insert(address);
        }
    }
    if set == Addresses::NONE {
        return Err(
            Wrong::new(codes::BAD_ADDRESS, "the route serves no address at all")
                .help("remove `addresses` to serve all of them, or set enabled = false"),
        );
    }
    Ok(set)
}

fn address_range(node: &Node) -> Read<RangeInclusive<u8>> {
    let wrong = |given: &str| {
        Wrong::new(
            codes::BAD_ADDRESS,
            format!("`{given}` is not a device address"),
        )
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
    u8::from_str_radix(digits, radix)
        .ok()
        .filter(|_| !digits.starts_with('+'))
}

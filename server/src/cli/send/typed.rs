//! Numbers and other pieces as data: `u16be:513`, `i8:-1`, `f32le:1.5`, several with commas.

use crate::cli::bytes::from_hex;

/// How a number lies in the data.
#[derive(Clone, Copy)]
struct Shape {
    sort: Sort,
    bytes: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Unsigned,
    Signed,
    Float,
}

/// How a piece of data is written.
#[derive(Clone, Copy)]
enum Form {
    Number(Shape),
    Hex,
}

/// Reads the pieces of `list`, the first of which is as `kind` says; each may begin with a kind of
/// its own, and what is behind `text:` is text to the end. `None` if `kind` is no kind at all.
pub fn read(kind: &str, list: &str) -> Option<Result<Vec<u8>, String>> {
    Some(form(kind)?.and_then(|form| pieces(kind, form, list)))
}

fn pieces(kind: &str, form: Form, list: &str) -> Result<Vec<u8>, String> {
    let (mut kind, mut form, mut rest, mut data) = (kind, form, Some(list), Vec::new());
    while let Some(list) = rest {
        let list = list.trim_start();
        if let Some(text) = list.strip_prefix("text:").filter(|_| !data.is_empty()) {
            data.extend_from_slice(text.as_bytes());
            break;
        }
        let (piece, behind) = list.split_once(',').map_or((list, None), |(a, b)| (a, Some(b)));
        let mut value = piece.trim();
        if let Some((own, behind_it)) = value.split_once(':')
            && let Some(own_form) = self::form(own)
        {
            (kind, form, value) = (own, own_form?, behind_it);
        }
        data.extend(match form {
            Form::Hex => from_hex(value)?,
            Form::Number(shape) => {
                number(value, shape).ok_or_else(|| format!("`{value}` does not fit {kind}"))?
            }
        });
        rest = behind;
    }
    Ok(data)
}

fn form(kind: &str) -> Option<Result<Form, String>> {
    match kind {
        "hex" => Some(Ok(Form::Hex)),
        _ => Some(shape(kind)?.map(Form::Number)),
    }
}

fn shape(kind: &str) -> Option<Result<Shape, String>> {
    let (width, order) = match (kind.strip_suffix("be"), kind.strip_suffix("le")) {
        (Some(width), _) => (width, Some(true)),
        (_, Some(width)) => (width, Some(false)),
        _ => (kind, None),
    };
    let (sort, bytes) = match width {
        "u8" => (Sort::Unsigned, 1),
        "u16" => (Sort::Unsigned, 2),
        "u32" => (Sort::Unsigned, 4),
        "u64" => (Sort::Unsigned, 8),
        "i8" => (Sort::Signed, 1),
        "i16" => (Sort::Signed, 2),
        "i32" => (Sort::Signed, 4),
        "i64" => (Sort::Signed, 8),
        "f32" => (Sort::Float, 4),
        "f64" => (Sort::Float, 8),
        _ => return None,
    };
    Some(match order {
        None if bytes > 1 => Err(format!("the order of bytes is missing: {kind}be or {kind}le")),
        _ => Ok(Shape { sort, bytes, big_endian: order.unwrap_or(true) }),
    })
}

fn number(text: &str, shape: Shape) -> Option<Vec<u8>> {
    let mut bytes = match shape {
        Shape { sort: Sort::Float, bytes: 4, .. } => text.parse::<f32>().ok()?.to_be_bytes().into(),
        Shape { sort: Sort::Float, .. } => text.parse::<f64>().ok()?.to_be_bytes().into(),
        _ => whole_number(text, shape)?,
    };
    if !shape.big_endian {
        bytes.reverse();
    }
    Some(bytes)
}

/// The last bytes of the number, if it has no more than those.
fn whole_number(text: &str, shape: Shape) -> Option<Vec<u8>> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let value = match digits.strip_prefix("0x") {
        Some(digits) => i128::from(u64::from_str_radix(digits, 16).ok()?),
        None => i128::from(digits.parse::<u64>().ok()?),
    } * sign;
    let bits = shape.bytes * 8;
    let range = match shape.sort {
        Sort::Signed => -(1 << (bits - 1))..1 << (bits - 1),
        _ => 0..1 << bits,
    };
    let all = value.to_be_bytes();
    range.contains(&value).then(|| all[all.len() - shape.bytes..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(kind: &str, list: &str) -> Vec<u8> {
        read(kind, list).unwrap().unwrap()
    }

    #[test]
    fn numbers_lie_as_their_kind_says() {
        assert_eq!(bytes("u8", "7,0xff"), [7, 255]);
        assert_eq!(bytes("u16be", "513"), [2, 1]);
        assert_eq!(bytes("u16le", "513"), [1, 2]);
        assert_eq!(bytes("u32be", "0x01020304"), [1, 2, 3, 4]);
        assert_eq!(bytes("u64le", "1, 2").len(), 16);
        assert_eq!(bytes("i8", "-1"), [255]);
        assert_eq!(bytes("i16be", "-2"), [0xFF, 0xFE]);
        assert_eq!(bytes("i32le", "-5"), (-5i32).to_le_bytes());
        assert_eq!(bytes("f32be", "1.5"), 1.5f32.to_be_bytes());
        assert_eq!(bytes("f64le", "-0.1"), (-0.1f64).to_le_bytes());
    }

    #[test]
    fn each_piece_may_be_of_a_kind_of_its_own() {
        assert_eq!(bytes("u16be", "1500,text:hi, you"), b"\x05\xDChi, you");
        assert_eq!(bytes("u8", "1,u16le:2,3,hex:ff:00"), [1, 2, 0, 3, 0, 0xFF, 0]);
        assert_eq!(bytes("hex", "01 02,u8:3"), [1, 2, 3]);
        assert!(read("u8", "1,u16:2").unwrap().unwrap_err().contains("u16be or u16le"));
        assert!(read("u16be", "1,hi").unwrap().unwrap_err().contains("`hi` does not fit u16be"));
    }

    #[test]
    fn the_edges_of_every_whole_number_fit_and_nothing_beyond() {
        for (kind, fits, beyond) in [
            ("u8", ["0", "255"], ["-1", "256"]),
            ("i8", ["-128", "127"], ["-129", "128"]),
            ("u16be", ["0", "65535"], ["-1", "65536"]),
            ("i32be", ["-2147483648", "2147483647"], ["-2147483649", "2147483648"]),
            ("u64be", ["0", "18446744073709551615"], ["-1", "18446744073709551616"]),
            ("i64be", ["-9223372036854775808", "9223372036854775807"], ["", "x"]),
        ] {
            for number in fits {
                assert!(read(kind, number).unwrap().is_ok(), "{kind}:{number}");
            }
            for number in beyond {
                assert!(read(kind, number).unwrap().is_err(), "{kind}:{number}");
            }
        }
    }

    #[test]
    fn a_missing_order_is_told_and_other_words_are_no_numbers() {
        assert!(read("u16", "1").unwrap().unwrap_err().contains("u16be or u16le"));
        for kind in ["http", "u24be", "be", "time", ""] {
            assert!(read(kind, "1").is_none(), "{kind}");
        }
    }
}

//! The macro by which every range declares its codes.

/// Declares codes as constants and collects them in `ALL`.
macro_rules! catalogue {
    ($($name:ident = $code:literal, $title:literal,
       means $meaning:literal,
       mend $mend:literal,
       example $example:literal;)+) => {
        $(
            #[doc = concat!("`", $code, "`: ", $title, ".")]
            pub const $name: $crate::diagnostics::Code =
                $crate::diagnostics::Code::new(&$crate::diagnostics::code::Entry {
                    name: $code,
                    title: $title,
                    meaning: $meaning,
                    mend: $mend,
                    example: $example,
                });
        )+
        /// Every code of this range, in ascending order.
        pub const ALL: &[$crate::diagnostics::Code] = &[$($name),+];
    };
}

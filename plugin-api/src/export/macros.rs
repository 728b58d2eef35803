//! The macro that makes a type a plugin.

/// Makes a type that implements [`Plugin`](crate::Plugin) the plugin of this library: emits the
/// note that the server reads, the tables, and the one export, `hotframe_plugin_v1`. Once in a
/// crate.
///
/// ```text
/// plugin! {
///     Type,
///     name: "name",
///     version: "1.2.3",                          // optional: else the package's version
///     flags: abi::HF_PLUGIN_THREADS,             // optional: hints to the server
///     extensions: [lifecycle, state],            // optional: `Lifecycle`, `Stateful` and the like
///     allocator: own,                            // optional: the crate has a global allocator
///     handlers: {
///         "first" => Type::first,                // fn(&mut self, &Request, &mut Reply)
///         "second" => Type::second { default_command: 0x0101, len: 1..=32 },
///     }
/// }
/// ```
///
/// A handler returns `Outcome` or `Result<Outcome, Error>`. In braces behind it:
/// `default_command` (a suggestion that tools show; routes decide), `len` (data of another length
/// is answered 1001 before the call), `soft_deadline_us` (calls that take longer are reported).
/// A wrong or doubled name or a number that routes cannot have does not compile, nor does
/// `panic = "abort"`, which would let a panic of the plugin end the server.
///
/// The library gets a global allocator that gives back what is left on the heap when the library
/// is unmapped: what statics hold, what std keeps, what was leaked. A crate that has a
/// `#[global_allocator]` of its own says `allocator: own`; to do without for all plugins of a
/// workspace, turn the feature `alloc-ledger` of this crate off.
///
/// ```compile_fail
/// # use hotframe_plugin_api::prelude::*;
/// # struct P;
/// # impl Plugin for P { fn create(_: &Create<'_>) -> Result<Self, Error> { Ok(Self) } }
/// # impl P { fn f(&mut self, _: &Request<'_>, _: &mut Reply<'_>) -> Outcome { Outcome::Reply } }
/// // 0x00ff belongs to the protocol.
/// hotframe_plugin_api::plugin! {
///     P, name: "p", handlers: { "f" => P::f { default_command: 0x00ff } }
/// }
/// ```
/// ```compile_fail
/// # use hotframe_plugin_api::prelude::*;
/// # struct P;
/// # impl Plugin for P { fn create(_: &Create<'_>) -> Result<Self, Error> { Ok(Self) } }
/// # impl P { fn f(&mut self, _: &Request<'_>, _: &mut Reply<'_>) -> Outcome { Outcome::Reply } }
/// hotframe_plugin_api::plugin! { P, name: "p", handlers: { "f" => P::f, "f" => P::f } }
/// ```
#[macro_export]
macro_rules! plugin {
    (
        $plugin:ty,
        name: $name:literal,
        $(version: $version:expr,)?
        $(flags: $flags:expr,)?
        $(extensions: [$($extension:ident),* $(,)?],)?
        $(allocator: $allocator:ident,)?
        handlers: {
            $($handler:literal => $call:path $({ $($option:ident: $value:expr),* $(,)? })?),*
            $(,)?
        } $(,)?
    ) => {
        const _: () = {
            #[cfg(panic = "abort")]
            ::core::compile_error!(
                "a hotframe plugin needs `panic = \"unwind\"`: with \"abort\" a panic of the \
                 plugin would end the server"
            );

            const IDENTITY: $crate::export::Identity = $crate::export::Identity {
                name: $name,
                version: [$($version,)? ::core::env!("CARGO_PKG_VERSION")][0],
                flags: 0 $(| $flags)?,
            };

            static HANDLERS: &[$crate::export::hf_handler] = &[$({
                struct This;
                impl $crate::export::Answers for This {
                    type Plugin = $plugin;
                    fn answer(
                        plugin: &mut $plugin,
                        request: &$crate::export::Request<'_>,
                        reply: &mut $crate::export::Reply<'_>,
                    ) -> ::core::result::Result<$crate::export::Outcome, $crate::export::Error> {
                        $crate::export::IntoAnswer::into_answer($call(plugin, request, reply))
                    }
                }
                $crate::export::Handler::new::<This>($handler)$($(.$option($value))*)?.build()
            }),*];

            static TABLE: $crate::export::hf_plugin =
                $crate::export::table::<$plugin>(&IDENTITY, HANDLERS);

            const _: () = $crate::export::assert_distinct(&[$($handler),*]);

            // SAFETY: `table` made it for this type, of handlers that `Handler` made.
            unsafe impl $crate::export::Exported for $plugin {
                const BOOKS_HEAP: bool = $crate::__hotframe_books!($($allocator)?);

                fn table() -> &'static $crate::export::hf_plugin {
                    &TABLE
                }

                fn extensions() -> &'static [$crate::export::Extension] {
                    static EXTENSIONS: &[$crate::export::Extension] =
                        &[$($($crate::export::$extension::extension::<$plugin>()),*)?];
                    EXTENSIONS
                }
            }

            $crate::__hotframe_heap!($($allocator)?);

            #[used]
            #[unsafe(link_section = ".note.hotframe")]
            static NOTE: $crate::export::Encoded<{ IDENTITY.note().encoded_len() }> =
                IDENTITY.note().encode();

            #[unsafe(no_mangle)]
            unsafe extern "C" fn hotframe_plugin_v1(
                host: *const $crate::export::hf_host,
            ) -> *const $crate::export::hf_plugin {
                // SAFETY: the host calls this as the header says, with its own table.
                unsafe { $crate::export::entry::<$plugin>(host) }
            }
        };
    };
}

/// The heap of a plugin: that of [`Ledger`](crate::export::Ledger), unless the crate has its own.
#[cfg(feature = "alloc-ledger")]
#[doc(hidden)]
#[macro_export]
macro_rules! __hotframe_heap {
    (own) => {};
    () => {
        #[global_allocator]
        static HEAP: $crate::export::Ledger = $crate::export::Ledger;

        #[used]
        #[unsafe(link_section = ".init_array")]
        static OPEN: extern "C" fn() = $crate::export::open_heap;

        #[used]
        #[unsafe(link_section = ".fini_array")]
        static CLOSE: extern "C" fn() = $crate::export::close_heap;
    };
}

/// Whether the heap of a plugin is in the ledger.
#[cfg(feature = "alloc-ledger")]
#[doc(hidden)]
#[macro_export]
macro_rules! __hotframe_books {
    (own) => {
        false
    };
    () => {
        true
    };
}

/// Whether the heap of a plugin is in the ledger: there is none.
#[cfg(not(feature = "alloc-ledger"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __hotframe_books {
    ($($own:ident)?) => {
        false
    };
}

/// The heap of a plugin is whatever its crate says.
#[cfg(not(feature = "alloc-ledger"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __hotframe_heap {
    ($($own:ident)?) => {};
}

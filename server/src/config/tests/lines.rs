//! Serial lines: read where the build has them, refused with the way out where it has not.

use super::{load_text, settings_of};
use crate::config::Endpoint;
use crate::diagnostics::codes::config as codes;

fn serial(url: &str) -> Endpoint {
    let settings = settings_of(&format!("listen = \"{url}\""));
    settings.listen[0].endpoint.clone()
}

#[test]
fn a_line_is_read_or_the_build_is_named() {
    if !cfg!(feature = "serial") {
        let loaded = load_text("listen = \"serial:///dev/ttyS0\"");
        let [problem] = &loaded.problems[..] else { panic!("{:?}", loaded.problems) };
        assert_eq!(problem.code, codes::NOT_IN_THIS_VERSION);
        assert!(problem.help.as_ref().is_some_and(|help| help.contains("--features serial")));
        return;
    }
    let path = "/dev/ttyS0".into();
    assert_eq!(serial("serial:///dev/ttyS0"), Endpoint::Serial { path, baud: 115_200 });
    assert_eq!(serial("serial:///dev/x?baud=9600").to_string(), "serial:///dev/x?baud=9600");
    for bad in
        ["serial://ttyS0", "serial:///dev/x?baud=0", "serial:///dev/x?baud=x", "serial:///x?b"]
    {
        let loaded = load_text(&format!("listen = \"{bad}\""));
        assert_eq!(loaded.problems[0].code, codes::BAD_LISTEN, "{bad}");
    }
}

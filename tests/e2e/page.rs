//! The web page: readable without script, alive with it, and of nobody else's business.

use std::process::Command;

use hotframe_tests::{Server, skipped, wait_until};

fn serve() -> Server {
    Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"").start()
}

#[test]
fn the_tables_can_be_read_without_script() {
    let server = serve();
    let mut wire = server.connect();
    assert_eq!(wire.ask(0x0100, b"x").data, b"x");
    let page = server.http().get("/");
    assert_eq!(page.status, 200);
    let (above, _) = page.body.split_once("<script>").unwrap();
    for told in ["echo.echo", "0x0100", "libecho.so", "builtin", "tcp://127.0.0.1:"] {
        assert!(above.contains(told), "{told}");
    }
    assert!(!page.body.contains("://") || above.contains("tcp://127.0.0.1:"));
    for foreign in ["http://", "https://", "src=", "@import"] {
        assert!(!page.body.contains(foreign), "{foreign}");
    }
}

#[test]
fn the_browser_is_told_to_ask_nobody_else() {
    let server = serve();
    let head = server.http().get("/").head.to_ascii_lowercase();
    let policy = head.lines().find(|line| line.starts_with("content-security-policy: ")).unwrap();
    for part in ["default-src 'none'", "connect-src 'self'", "script-src 'sha256-"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let foreign = server.http().ask("GET", "/", "host: evil.example\r\n");
    assert_eq!(foreign.status, 421, "a name that leads here by a trick is not this machine");
}

#[test]
fn a_real_browser_runs_it_and_shows_what_happens() {
    let server = serve();
    let mut wire = server.connect();
    assert_eq!(wire.ask(0x0100, b"x").data, b"x");
    let profile = server.folder().join("beside/browser");
    let url = format!("http://{}/", server.http().address());
    let mut browser = Command::new("chromium");
    browser
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--virtual-time-budget=30000", "--dump-dom", &url]);
    let Ok(first) = browser.output() else {
        return skipped("the page, in a real browser", "apt-get install chromium");
    };
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    // The browser's clock runs faster than the server's, which it may have seen stand still.
    let shown = wait_until("the page to draw a curve", || {
        let shown = browser.output().ok()?.stdout;
        let shown = String::from_utf8_lossy(&shown).into_owned();
        shown.contains("class=\"curve c1\" d=\"M").then_some(shown)
    });
    assert!(shown.contains("<div class=\"plots\" id=\"plots\">"), "{shown}");
    assert!(shown.contains("Request time"), "{shown}");
    assert!(
        shown.contains(">running</span>") && !shown.contains("pill bad\">not reachable"),
        "{shown}"
    );
}

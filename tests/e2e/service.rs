//! The files for those who run it as a service.

use std::fs;
use std::process::Command;

use hotframe_tests::{
    Endpoint, Folder, Http, Process, Record, Server, Swap, Wire, built, repository, skipped,
};
use rustix::process::Signal;
use serde_json::json;

#[test]
fn the_unit_exposes_little() {
    let unit = repository().join("config/systemd/hotframe.service");
    let mut judge = Command::new("systemd-analyze");
    // In tenths: at most 1.5.
    judge.args(["security", "--offline=true", "--no-pager", "--threshold=15"]).arg(unit);
    let Ok(judged) = judge.output() else {
        return skipped("the unit's hardening, by systemd-analyze", "apt-get install systemd");
    };
    let text = String::from_utf8_lossy(&judged.stdout).into_owned();
    assert!(judged.status.success(), "{text}");
    assert!(text.contains("Overall exposure level"), "{text}");
}

/// Misspelt keys are mistakes there, too.
#[test]
fn the_cluster_example_is_what_its_schema_asks_for() {
    let example = repository().join("config/kubernetes/hotframe.yaml");
    let mut judge = Command::new("kubernetes-validate");
    let Ok(judged) = judge.arg("--strict").arg(example).output() else {
        let install = "pip install kubernetes-validate";
        return skipped("the cluster example against Kubernetes' schema", install);
    };
    let told = [judged.stdout, judged.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(judged.status.success(), "{told}");
    assert_eq!(told.matches(" passed ").count(), 3, "{told}");
}

/// The text of a file under `config/`.
fn shipped(path: &str) -> String {
    fs::read_to_string(repository().join("config").join(path)).unwrap()
}

/// The lines of a block scalar of YAML, without their indentation.
fn block(text: &str, key: &str) -> String {
    let lines = text.lines().skip_while(|line| line.trim() != format!("{key}: |")).skip(1);
    let body: Vec<&str> = lines.take_while(|line| line.starts_with("    ")).collect();
    assert!(!body.is_empty(), "{key} is there");
    body.iter().map(|line| format!("{}\n", &line[4..])).collect()
}

/// What stands behind `before` in the first line that has it.
fn behind<'a>(text: &'a str, before: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.trim().strip_prefix(before));
    line.unwrap_or_else(|| panic!("{before} is there")).trim()
}

/// Starts a server with these arguments and variables in `folder`, has it answer probes and a
/// request, and ends it.
fn serve(args: &[String], variables: &[(String, String)], folder: &Folder) {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let hotframe = built().join("hotframe");
    let mut process = Process::start_with(&hotframe, &args, folder.path(), variables);
    let is_ready = |record: &Record| record.message().starts_with("ready");
    let ready = process.log().wait_for(0, "the server to be ready", is_ready);
    let http = Http::at(ready.field("http").as_str().expect("HTTP is served"));
    for path in ["/livez", "/readyz"] {
        assert_eq!(http.get(path).status, 200, "{path}");
    }
    let listen = ready.field("listen")[0].as_str().unwrap();
    let port = listen.rsplit_once(':').unwrap().1;
    let mut wire = Wire::connect(&Endpoint::parse(&format!("tcp://127.0.0.1:{port}")));
    assert_eq!(wire.ask(0x0100, b"x").data, b"x", "the route leads to a shipped plugin");
    drop(wire);
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0));
}

/// The built plugins in a folder that may be watched as the installed ones are.
fn install(folder: &Folder) {
    let echo = fs::read(built().join("libecho.so")).unwrap();
    folder.replace("plugins/libecho.so", &echo, Swap::Rename);
}

#[test]
fn the_cluster_example_is_served_as_it_stands() {
    let text = shipped("kubernetes/hotframe.yaml");
    // Where there is one who reads YAML, he has nothing to say.
    let path = repository().join("config/kubernetes/hotframe.yaml");
    let read = "import sys\ntry:\n import yaml\nexcept ImportError: sys.exit(77)\n\
                assert len(list(yaml.safe_load_all(open(sys.argv[1])))) == 3";
    match Command::new("python3").args(["-c", read]).arg(path).output() {
        Ok(read) if read.status.code() != Some(77) => {
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        }
        _ => skipped("the cluster example, by PyYAML", "apt-get install python3-yaml"),
    }
    let (settings, commands) = (block(&text, "hotframe.toml"), block(&text, "commands.toml"));
    // The ports and paths of one part are those of the others.
    for port in ["{name: frames, containerPort: 7400}", "{name: http, containerPort: 7401}"] {
        assert!(text.contains(port), "{port}");
    }
    assert!(settings.contains(":7400\"") && settings.contains(":7401\""), "{settings}");
    assert_eq!(behind(&text, "prometheus.io/port:"), "\"7401\"");
    assert!(text.contains("mountPath: /var/lib/hotframe}"), "the state folder is a volume");
    assert!(settings.contains("state_dir = \"/var/lib/hotframe\""), "{settings}");
    for probe in ["{path: /livez, port: http}", "{path: /readyz, port: http}"] {
        assert!(text.contains(probe), "{probe}");
    }
    let grace: u64 = behind(&text, "terminationGracePeriodSeconds:").parse().unwrap();
    assert!(grace > 10, "longer than server.shutdown_grace is by default");
    let args: Vec<String> = serde_json::from_str(behind(&text, "args:")).unwrap();
    assert!(text.contains("mountPath: /etc/hotframe, readOnly: true}"));
    assert!(args.iter().any(|arg| arg == "/etc/hotframe/hotframe.toml"), "{args:?}");

    let folder = Folder::default();
    install(&folder);
    let root = folder.path().display().to_string();
    let settings =
        settings.replace("0.0.0.0:7400", "127.0.0.1:0").replace("0.0.0.0:7401", "127.0.0.1:0");
    let settings = settings.replace("/var/lib/hotframe", &format!("{root}/run"));
    let settings = settings.replace("/usr/local/lib/hotframe", &format!("{root}/plugins"));
    folder.replace("config/hotframe.toml", settings.as_bytes(), Swap::Rename);
    folder.replace("config/commands.toml", commands.as_bytes(), Swap::Rename);
    let here = |arg: &String| arg.replace("/etc/hotframe", &format!("{root}/config"));
    serve(&args.iter().map(here).collect::<Vec<_>>(), &[], &folder);
}

#[test]
fn what_the_container_starts_serves() {
    let text = shipped("container/Containerfile").replace("\\\n", " ");
    let folder = Folder::default();
    install(&folder);
    let root = folder.path().display().to_string();
    let here = |word: &str| {
        let word = word.replace("/var/lib/hotframe", &format!("{root}/run"));
        let word = word.replace("/usr/local/lib/hotframe", &format!("{root}/plugins"));
        let word = word.replace("/etc/hotframe", &format!("{root}/config"));
        word.replace("0.0.0.0:7400", "127.0.0.1:0").replace("0.0.0.0:7401", "127.0.0.1:0")
    };
    for file in ["hotframe.toml", "commands.toml"] {
        assert!(text.contains(&format!("config/{file}")), "{file} is copied");
        folder.replace(&format!("config/{file}"), shipped(file).as_bytes(), Swap::Rename);
    }
    let variables = behind(&text, "ENV ").split_whitespace().map(|pair| {
        let (key, value) = pair.split_once('=').expect("KEY=VALUE");
        (key.to_owned(), here(value.trim_matches('\'')))
    });
    let variables: Vec<_> = variables.collect();
    assert_eq!(variables.len(), 3, "{variables:?}");
    let args: Vec<String> = serde_json::from_str(behind(&text, "CMD ")).unwrap();
    let args: Vec<String> = args.iter().map(|arg| here(arg)).collect();
    assert_eq!(behind(&text, "EXPOSE "), "7400 7401");
    serve(&args, &variables, &folder);
}

#[test]
fn the_unit_starts_and_reloads_what_there_is() {
    let text = shipped("systemd/hotframe.service");
    let binary = "/usr/local/bin/hotframe ";
    for (key, parts) in [("ExecStart=", 3), ("ExecReload=", 4)] {
        let args = behind(&text, key).strip_prefix(binary).expect("the installed binary");
        let args: Vec<&str> = args.split(' ').collect();
        assert_eq!(args.len(), parts, "{args:?}");
        // A flag that is not there is a mistake of use, whatever comes before it.
        let output =
            Command::new(built().join("hotframe")).args(&args).arg("--help").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
    }
    let control = behind(&text, "Environment=HOTFRAME__CONTROL__SOCKET=");
    assert!(behind(&text, "ExecReload=").ends_with(control), "it reloads what it has started");
    let state = behind(&text, "Environment=HOTFRAME__SERVER__STATE_DIR=");
    assert_eq!(state, format!("/var/lib/{}", behind(&text, "StateDirectory=")));
    assert!(control.starts_with(&format!("/run/{}/", behind(&text, "RuntimeDirectory="))));
}

/// Whoever asks from outside has no process id in there.
#[test]
fn a_server_in_a_pid_namespace_is_controlled_from_outside() {
    let apart = ["--pid", "--fork", "--kill-child"];
    if !Command::new("unshare").args(apart).arg("true").output().is_ok_and(|it| it.status.success())
    {
        return skipped("control from outside a container", "run as root, or in a user namespace");
    }
    let hotframe = built().join("hotframe").display().to_string();
    let args: Vec<&str> = apart.into_iter().chain([hotframe.as_str()]).collect();
    let server = Server::setup().program("unshare", &args).start();
    assert_eq!(server.control().ask("status")["pid"], 1);
    let _level = server.control().request(&json!({ "verb": "log", "level": "debug" })).unwrap();
    server.log().wait_for(0, "who has asked", |line| {
        line.field("verb") == "log" && line.field("pid") == "unknown"
    });
    let _stopping = server.control().ask("shutdown");
    assert_eq!(server.wait(), Some(0));
}

//! The scenarios: owns what is asked of every server.

/// What is asked of every server.
#[derive(Debug)]
pub struct Scenario {
    /// How it is called in tables and on the command line.
    pub name: &'static str,
    /// Connections.
    pub connections: u32,
    /// Requests that each has in flight.
    pub pipeline: u32,
    /// Bytes of data.
    pub size: u8,
    /// What is measured.
    pub load: Load,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// As much as the server can take.
    Full,
    /// So many requests a second.
    Rate(u32),
    /// What connections cost that do nothing.
    Idle,
}

/// Every scenario, in the order of the table.
pub fn all() -> Vec<Scenario> {
    let full = |name, connections, pipeline, size| Scenario {
        name,
        connections,
        pipeline,
        size,
        load: Load::Full,
    };
    let rate = Load::Rate(20_000);
    vec![
        full("1x1", 1, 1, 16),
        full("50x1", 50, 1, 16),
        full("50x64", 50, 64, 16),
        full("50x64-255", 50, 64, 255),
        full("1000x4", 1_000, 4, 16),
        Scenario { load: rate, ..full("open-20000", 50, 64, 16) },
        Scenario { load: Load::Idle, ..full("idle-10000", 10_000, 1, 16) },
    ]
}

impl Scenario {
    /// What `hotframe bench` is told.
    pub fn arguments(&self, url: &str, seconds: f64) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["bench", "0x0100", "--json", "--to", url, "-c"].map(str::to_owned).into();
        arguments.push(self.connections.to_string());
        arguments.push(format!("--duration={seconds}"));
        match self.load {
            Load::Idle => arguments.push("--idle".to_owned()),
            Load::Rate(rate) => arguments.push(format!("--rate={rate}")),
            Load::Full => {}
        }
        arguments.push(format!("--pipeline={}", self.pipeline));
        arguments.push(format!("--size={}", self.size));
        arguments
    }

    /// What stands above its table.
    pub fn title(&self) -> String {
        let Self { name, connections, pipeline, size, .. } = self;
        match self.load {
            Load::Full => {
                format!(
                    "{name}: {connections} connections, {pipeline} in flight each, {size} bytes"
                )
            }
            Load::Rate(rate) => {
                format!("{name}: {rate} requests/s over {connections} connections, {size} bytes")
            }
            Load::Idle => format!("{name}: {connections} connections that do nothing"),
        }
    }
}

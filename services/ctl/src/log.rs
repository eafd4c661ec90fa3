//! `log`: the log level of services that run.

use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use koinos_service::{Fatal, LogLevel};
use serde_json::{Value, json};

use crate::admin::SERVICES;
use crate::cli::Global;
use crate::config::known;
use crate::http::{get_unix, put_unix};
use crate::layout::Layout;
use crate::output::{Output, Report};
use crate::systemd::Manager;

const LIMIT: Duration = Duration::from_secs(2);

/// Whose level, and which.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The service, such as chain, or "all" for those that run
    service: String,

    /// The level from now on, until the service is reloaded or restarted
    #[arg(ignore_case = true)]
    level: Option<LogLevel>,
}

/// Shows the levels, having set them.
pub(crate) async fn run(options: &Options, global: &Global, output: &Output) -> Result<(), Fatal> {
    let layout = Layout::find(global)?;
    let all = options.service == "all";
    let services = if all { SERVICES.to_vec() } else { vec![known(&options.service)?] };
    let mut rows = Vec::new();
    for service in services {
        if all && !runs(&layout, service) {
            continue;
        }
        match level(&layout, service, options.level).await {
            Ok(level) => rows.push(vec![service.to_owned(), level]),
            Err(_) if all => {}
            Err(fatal) => return Err(fatal),
        }
    }
    if rows.is_empty() {
        let place = layout.basedir.display();
        return Err(Fatal::unavailable(anyhow!("no service of {place} runs; see koinosctl ls")));
    }
    let json = rows.iter().map(|row| json!({ "service": row[0], "level": row[1] })).collect();
    output.show(&Report::new(Value::Array(json)).table(vec!["service", "level"], rows))
}

/// Whether a service runs, where that can be known without a connection, which would start it.
fn runs(layout: &Layout, service: &str) -> bool {
    match (Manager::of(layout), layout.unit(service)) {
        (Some(manager), Some(unit)) => manager.state(&unit) == "active",
        _ => true,
    }
}

async fn level(layout: &Layout, service: &str, level: Option<LogLevel>) -> Result<String, Fatal> {
    let socket = layout.admin_socket(service);
    let reply = match level.and_then(|level| level.to_possible_value()) {
        Some(level) => {
            let name = level.get_name().to_owned();
            put_unix(&socket, "/loglevel", name.into(), LIMIT).await
        }
        None => get_unix(&socket, "/loglevel", LIMIT).await,
    };
    let reply = reply.map_err(|error| {
        Fatal::unavailable(error.context(format!(
            "{service} does not answer at {}; does it run, and may this user (root, or the group \
             adm) connect?",
            socket.display()
        )))
    })?;
    let said = String::from_utf8_lossy(&reply.body).trim().to_owned();
    match reply.status {
        200 => Ok(said),
        _ => Err(Fatal::failure(anyhow!("{service}: {said}"))),
    }
}

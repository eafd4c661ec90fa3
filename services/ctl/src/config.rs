//! `config`: what the services make of their configuration. Each is asked itself
//! (`--print-config`), so there is one truth.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, anyhow};
use clap::Subcommand;
use koinos_service::ConfigFile;
use koinos_service::Fatal;
use serde_json::{Value, json};

use crate::admin::SERVICES;
use crate::cli::Global;
use crate::layout::{Layout, program};
use crate::node::text;
use crate::output::{Output, Report};

/// Sections that are not those of services.
const OTHER_SECTIONS: [&str; 2] = ["global", "network"];

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Check the configuration of all services: every mistake with its file and line
    Check,
    /// Show the options of a service, or of all, as they are in effect
    Show {
        /// The service, such as chain
        service: Option<String>,
        /// Show the file and line that each value comes from
        #[arg(long)]
        origin: bool,
        /// Show only what is set, not the defaults
        #[arg(long)]
        set: bool,
    },
}

/// Checks or shows.
pub(crate) fn run(verb: &Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let layout = Layout::find(global)?;
    match verb {
        Verb::Check => check(&layout, output),
        Verb::Show { service, origin, set } => {
            let named = service.as_deref().map(known).transpose()?;
            output.show(&show(&pages(&layout, named)?, *origin, *set)?)
        }
    }
}

/// The service of that name, in either spelling.
pub(crate) fn known(name: &str) -> Result<&'static str, Fatal> {
    let wanted = name.trim_start_matches("koinos-").replace('-', "_");
    SERVICES.iter().find(|service| **service == wanted).copied().ok_or_else(|| {
        Fatal::usage(anyhow!("there is no service {name:?}; there are {}", SERVICES.join(", ")))
    })
}

/// What the installed services, or the named one, say about their configuration.
fn pages(layout: &Layout, named: Option<&'static str>) -> Result<Vec<Value>, Fatal> {
    let mut pages = Vec::new();
    for service in SERVICES.iter().filter(|service| named.is_none_or(|named| **service == named)) {
        let Some(path) = Layout::program(service) else { continue };
        let mut command = Command::new(&path);
        command.arg("--print-config").arg("--basedir").arg(&layout.basedir);
        if let Some(config) = layout.config_file() {
            command.arg("--config").arg(config);
        }
        let output = command.output().with_context(|| format!("cannot run {}", path.display()))?;
        let page: Value = serde_json::from_slice(&output.stdout).map_err(|_| {
            let said = String::from_utf8_lossy(&output.stderr);
            anyhow!("{} does not tell its configuration: {}", path.display(), said.trim())
        })?;
        pages.push(page);
    }
    if pages.is_empty() {
        let wanted = named.map_or("no program of a service".to_owned(), program);
        let text = format!("{wanted} is neither beside koinosctl nor in PATH; install it");
        return Err(Fatal::config(anyhow!(text)));
    }
    Ok(pages)
}

/// A mistake, or something without effect, and the services that say so.
type Findings = BTreeMap<String, BTreeSet<String>>;

fn findings(pages: &[Value], kind: &str) -> Findings {
    let mut found = Findings::new();
    for page in pages {
        for text in page[kind].as_array().into_iter().flatten().filter_map(Value::as_str) {
            found.entry(text.to_owned()).or_default().insert(text_of(page, "service"));
        }
    }
    found
}

fn text_of(json: &Value, name: &str) -> String {
    text(json, name).to_owned()
}

fn check(layout: &Layout, output: &Output) -> Result<(), Fatal> {
    let pages = pages(layout, None)?;
    let errors = findings(&pages, "errors");
    let mut warnings = findings(&pages, "warnings");
    // A file that is no YAML is among the errors already.
    let files = layout.config_files().unwrap_or_default();
    let keys: BTreeSet<&str> =
        pages.iter().flat_map(|page| options(page).map(|option| text(option, "key"))).collect();
    // A service with a mistake tells no options, and then nothing can be said about keys.
    warnings.extend(without_effect(&files, errors.is_empty().then_some(&keys)));
    let list = |found: &Findings| -> Vec<Value> {
        let one = |(text, services): (&String, &BTreeSet<String>)| json!({ "text": text, "services": services });
        found.iter().map(one).collect()
    };
    let services: Vec<&str> = pages.iter().map(|page| text(page, "service")).collect();
    let paths: Vec<String> = files.iter().map(|file| file.path().display().to_string()).collect();
    let mut report = Report::new(json!({
        "ok": errors.is_empty(),
        "files": paths,
        "services": services,
        "errors": list(&errors),
        "warnings": list(&warnings),
    }))
    .pair("files", if paths.is_empty() { "none".to_owned() } else { paths.join(", ") })
    .pair("services", services.join(", "));
    for (kind, found) in [("error", &errors), ("warning", &warnings)] {
        for (text, services) in found {
            let who: Vec<&str> = services.iter().map(String::as_str).collect();
            let who = if who.is_empty() { String::new() } else { format!(" ({})", who.join(", ")) };
            report = report.text(format!("{kind}: {text}{who}"));
        }
    }
    let verdict = match errors.len() {
        0 => "the configuration can be used".to_owned(),
        1 => "the configuration has a mistake".to_owned(),
        count => format!("the configuration has {count} mistakes"),
    };
    output.show(&report.pair("result", &verdict))?;
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Fatal::config(anyhow!(verdict))),
    }
}

/// Sections and keys of `global` that no service reads. (Each service tells those of its own.)
fn without_effect(files: &[ConfigFile], keys: Option<&BTreeSet<&str>>) -> Findings {
    let mut found = Findings::new();
    let mut tell = |text: String| {
        found.entry(text).or_default();
    };
    for file in files {
        for section in file.sections() {
            let known = SERVICES.contains(&section.as_str()) || OTHER_SECTIONS.contains(&&*section);
            // A service whose name is spelt otherwise says so itself.
            if !known && !SERVICES.contains(&section.replace('-', "_").as_str()) {
                let place = file.place(&section, None);
                tell(format!("{place}: section {section} ignored: there is no such service"));
            }
        }
        let unknown = |key: &&String| keys.is_some_and(|keys| !keys.contains(key.as_str()));
        for key in file.keys("global").iter().filter(unknown) {
            let place = file.place("global", Some(key));
            tell(format!("{place}: global.{key} ignored: no installed service has this option"));
        }
    }
    found
}

fn options(page: &Value) -> impl Iterator<Item = &Value> {
    page["options"].as_array().into_iter().flatten()
}

fn show(pages: &[Value], origin: bool, set: bool) -> Result<Report, Fatal> {
    let errors: Vec<String> = findings(pages, "errors").into_keys().collect();
    if !errors.is_empty() {
        return Err(Fatal::config(anyhow!(
            "the configuration cannot be used:\n{}",
            errors.join("\n")
        )));
    }
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for page in pages {
        let shown: Vec<&Value> =
            options(page).filter(|option| !set || option["set"] == true).collect();
        for option in &shown {
            let mut row = vec![text_of(page, "service"), text_of(option, "key"), value(option)];
            if origin {
                let origins = option["origins"].as_array().into_iter().flatten();
                let origins: Vec<&str> = origins.filter_map(Value::as_str).collect();
                row.push(origins.join(", "));
            }
            rows.push(row);
        }
        json.push(json!({ "service": page["service"], "options": shown }));
    }
    let mut head = vec!["service", "key", "value"];
    if origin {
        head.push("origin");
    }
    Ok(Report::new(Value::Array(json)).table(head, rows))
}

fn value(option: &Value) -> String {
    match &option["value"] {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            values.join(", ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn services_are_known_by_either_spelling() {
        assert_eq!(known("block-store").unwrap(), "block_store");
        assert_eq!(known("koinos-chain").unwrap(), "chain");
        assert!(known("chian").unwrap_err().to_string().contains("block_store"));
    }

    #[test]
    fn sections_and_keys_that_nobody_reads_are_told() {
        let yaml = "global:\n  jobs: 1\n  jbos: 1\nchian:\n  x: 1\nblock-store:\n  x: 1\np2p:\n";
        let file = ConfigFile::parse(Path::new("c.yml"), yaml.to_owned()).unwrap();
        let found: Vec<String> =
            without_effect(&[file], Some(&BTreeSet::from(["jobs"]))).into_keys().collect();
        assert_eq!(
            found,
            [
                "c.yml:3: global.jbos ignored: no installed service has this option",
                "c.yml:4: section chian ignored: there is no such service"
            ]
        );
    }
}

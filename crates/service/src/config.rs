//! Layers of configuration: defaults < `/usr/share/koinos/conf.d/*.yml` (of packages, for the node of
//! `/etc/koinos`) < `config.yml` (global, then the service's section) < `conf.d/*.yml` < environment <
//! command line. Lists of all layers are joined.
//!
//! Every value, wherever it comes from, goes through the same command line parser, so it obeys the
//! same rules, and an error can name the place it stands at.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::yaml::{ConfigFile, Entry, Values};

/// Keys that say where the configuration is and so cannot stand in it.
pub(crate) const COMMAND_LINE_ONLY: [&str; 2] = ["basedir", "config"];
/// Options that are one value with commas, and so may be written as a list too. The list of one
/// layer takes the place of that below it.
const ALTERNATIVES: [&str; 1] = ["amqp"];
/// Where packages put fragments for a node whose configuration is in [`PACKAGED`].
const VENDOR: &str = "/usr/share/koinos/conf.d";
const PACKAGED: &str = "/etc/koinos/config.yml";

/// Where an option's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A configuration file.
    File {
        /// `path:line`, or the path when the line is unknown.
        place: String,
        /// `global` or the service's section.
        section: String,
    },
    /// An environment variable.
    Environment(String),
    /// A flag.
    CommandLine,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File { place, section } => write!(f, "{place} ({section})"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::CommandLine => write!(f, "command line"),
        }
    }
}

/// The outcome of layering.
#[derive(Debug, Clone)]
pub struct Layered {
    /// All options with their final values.
    pub matches: ArgMatches,
    /// Where each option's values come from, by long name; lists may have several origins.
    pub origins: BTreeMap<String, Vec<Origin>>,
    /// Things in the files that have no effect.
    pub warnings: Vec<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The command line is wrong, or asks for help or the version.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
    /// Files or variables are wrong; the text names place and cure of each mistake, a line for each.
    #[error("{0}")]
    Invalid(String),
}

/// Finds the configuration files: `config` if given (it must exist), else `config.yml` or
/// `config.yaml` in `basedir`; then `conf.d/*.yml` beside it in alphabetical order. Before those of
/// `/etc/koinos` come the fragments of packages; one of the same name in `conf.d` takes the place of
/// such a fragment.
///
/// # Errors
/// When a file cannot be read or is not YAML.
pub fn files(basedir: &Path, config: Option<&Path>) -> Result<Vec<ConfigFile>, ConfigError> {
    let vendor = (config == Some(Path::new(PACKAGED))).then_some(Path::new(VENDOR));
    files_over(vendor, basedir, config)
}

fn files_over(
    vendor: Option<&Path>,
    basedir: &Path,
    config: Option<&Path>,
) -> Result<Vec<ConfigFile>, ConfigError> {
    let candidates: Vec<PathBuf> = match config {
        Some(path) => vec![path.to_owned()],
        None => ["config.yml", "config.yaml"].map(|name| basedir.join(name)).into(),
    };
    let mut found = Vec::new();
    for path in &candidates {
        if let Some(file) = ConfigFile::read(path).map_err(ConfigError::Invalid)? {
            found.push(file);
            break;
        }
    }
    if let (Some(path), true) = (config, found.is_empty()) {
        let text = format!("there is no {}: create it or correct --config", path.display());
        return Err(ConfigError::Invalid(text));
    }
    let directory = candidates[0].parent().unwrap_or(basedir).join("conf.d");
    let own = read_all(&yaml_files(&directory)?)?;
    let mut vendors = vendor.map_or(Ok(Vec::new()), yaml_files)?;
    let name = |path: &Path| path.file_name().map(std::ffi::OsStr::to_owned);
    vendors.retain(|path| !own.iter().any(|file| name(file.path()) == name(path)));
    Ok(read_all(&vendors)?.into_iter().chain(found).chain(own).collect())
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<ConfigFile>, ConfigError> {
    let mut files = Vec::new();
    let mut mistakes = Vec::new();
    for path in paths {
        match ConfigFile::read(path) {
            Ok(file) => files.extend(file),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(files) } else { Err(ConfigError::Invalid(mistakes.join("\n"))) }
}

fn yaml_files(directory: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let failed = |error: std::io::Error| {
        ConfigError::Invalid(format!("cannot read {}: {error}", directory.display()))
    };
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|kind| kind == "yml" || kind == "yaml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Lays the sources over each other. `args` begins with the program's name.
///
/// # Errors
/// For wrong values, naming the place of each.
pub fn layer(
    command: &Command,
    section: &str,
    args: &[OsString],
    environment: impl Fn(&str) -> Option<String>,
    files: &[ConfigFile],
) -> Result<Layered, ConfigError> {
    // What is built on a repeated flag: the last one wins, as in the Go services.
    let command = command.clone().args_override_self(true);
    let given = command.clone().try_get_matches_from(args)?;
    let candidates = collect(&command, section, environment, files)?;
    let mut all = args.to_vec();
    let mut origins = BTreeMap::new();
    for arg in command.get_arguments() {
        let (Some(long), true) = (arg.get_long(), takes_value(arg)) else { continue };
        let on_command_line =
            given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
        let mut sources = Vec::new();
        if on_command_line {
            sources.push(Origin::CommandLine);
        }
        // From the strongest layer to the weakest.
        for candidate in candidates.iter().rev().filter(|c| c.key == long) {
            if !is_list(arg) && !sources.is_empty() {
                break;
            }
            all.extend(candidate.flags());
            sources.push(candidate.origin.clone());
        }
        if sources.is_empty() {
            sources.push(Origin::Default);
        }
        origins.insert(long.to_owned(), sources);
    }
    let matches = command.clone().try_get_matches_from(all)?;
    Ok(Layered { matches, origins, warnings: warnings(&command, section, files)? })
}

/// A value from a file or the environment, already checked.
struct Candidate {
    key: String,
    values: Vec<String>,
    origin: Origin,
}

impl Candidate {
    fn flags(&self) -> impl Iterator<Item = OsString> + '_ {
        self.values.iter().map(|value| format!("--{}={value}", self.key).into())
    }

    /// Runs the values through the parser by themselves.
    fn check(&self, command: &Command) -> Result<(), String> {
        let args = std::iter::once(OsString::from("koinos")).chain(self.flags());
        command.clone().try_get_matches_from(args).map(drop).map_err(|error| {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            let reason = line.strip_prefix("error: ").unwrap_or(line);
            let choices = text
                .lines()
                .find_map(|line| line.trim_start().strip_prefix("[possible values: "))
                .map_or(String::new(), |list| format!(" (one of {}", list.replace(']', ")")));
            format!("{}: {reason}{choices}; correct or remove it", self.origin_text())
        })
    }

    fn origin_text(&self) -> String {
        match &self.origin {
            Origin::File { place, section } => format!("{place}: {section}.{}", self.key),
            other => other.to_string(),
        }
    }
}

/// All candidates from the weakest layer to the strongest.
fn collect(
    command: &Command,
    section: &str,
    environment: impl Fn(&str) -> Option<String>,
    files: &[ConfigFile],
) -> Result<Vec<Candidate>, ConfigError> {
    let mut candidates = Vec::new();
    let mut mistakes = Vec::new();
    for file in files {
        for name in ["global", section] {
            let entries = file.section(name).unwrap_or_else(|mistake| {
                mistakes.push(mistake);
                Vec::new()
            });
            for entry in entries {
                let Some(arg) = option(command, &entry.key) else { continue };
                match from_entry(file, name, entry, arg) {
                    Ok(candidate) => candidates.push(candidate),
                    Err(mistake) => mistakes.push(mistake),
                }
            }
        }
    }
    for arg in command.get_arguments().filter(|arg| takes_value(arg)) {
        let Some(long) = arg.get_long() else { continue };
        let name = format!("KOINOS_{}", long.to_uppercase().replace('-', "_"));
        let Some(value) = environment(&name).filter(|value| !value.is_empty()) else { continue };
        let values = match is_list(arg) {
            true => value.split(',').map(|item| item.trim().to_owned()).collect(),
            false => vec![value],
        };
        let origin = Origin::Environment(name);
        candidates.push(Candidate { key: long.to_owned(), values, origin });
    }
    mistakes.extend(candidates.iter().filter_map(|candidate| candidate.check(command).err()));
    match mistakes.is_empty() {
        true => Ok(candidates),
        false => Err(ConfigError::Invalid(mistakes.join("\n"))),
    }
}

fn from_entry(
    file: &ConfigFile,
    section: &str,
    entry: Entry,
    arg: &Arg,
) -> Result<Candidate, String> {
    let place = file.place(section, Some(&entry.key));
    let unfit = |found: &str| {
        let wanted = if is_list(arg) { "a list of values" } else { "one value" };
        Err(format!(
            "{place}: {section}.{} takes {wanted}, not {found}; correct or remove it",
            entry.key
        ))
    };
    let values = match entry.values {
        Values::One(value) => vec![value],
        Values::Many(values) if is_list(arg) => values,
        Values::Many(values) if ALTERNATIVES.contains(&entry.key.as_str()) => {
            vec![values.join(",")]
        }
        Values::Many(_) => return unfit("a list"),
        Values::Unfit(found) => return unfit(found),
    };
    let origin = Origin::File { place, section: section.to_owned() };
    Ok(Candidate { key: entry.key, values, origin })
}

/// The option a configuration key stands for.
fn option<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(key) && takes_value(arg))
        .filter(|_| !COMMAND_LINE_ONLY.contains(&key))
}

/// Whether an option has a value and so can stand in a file; a switch has one if it is declared
/// with `num_args(0..=1)`.
pub(crate) fn takes_value(arg: &Arg) -> bool {
    match arg.get_action() {
        ArgAction::Set | ArgAction::Append => true,
        ArgAction::SetTrue => arg.get_num_args().is_some_and(|count| count.takes_values()),
        _ => false,
    }
}

pub(crate) fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// Keys of the service's own section that nothing reads, and sections spelled in a way that is
/// never read. (`global` holds keys of all services, so nothing can be said about those.)
fn warnings(
    command: &Command,
    section: &str,
    files: &[ConfigFile],
) -> Result<Vec<String>, ConfigError> {
    let mut warnings = Vec::new();
    for file in files {
        for entry in file.section(section).map_err(ConfigError::Invalid)? {
            if option(command, &entry.key).is_none() {
                let place = file.place(section, Some(&entry.key));
                warnings.push(format!("{place}: unknown option {section}.{} ignored", entry.key));
            }
        }
        for name in file.sections() {
            if name != section && name.replace('-', "_") == section {
                let place = file.place(&name, None);
                warnings.push(format!("{place}: section {name} ignored, write {section}"));
            }
        }
    }
    Ok(warnings)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;

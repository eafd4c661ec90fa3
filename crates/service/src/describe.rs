//! What packages are made from: a daemon's manual page, its completions, and the keys of its section
//! of `config.yml`, all from its own options, so that none of it can say something else.
//!
//! `koinos-X --describe SUBJECT` prints one of them. It is meant for the build of packages and is
//! not shown in the help.

use std::ffi::OsString;
use std::io::Result;

use clap::{Arg, Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::config::{COMMAND_LINE_ONLY, is_list, takes_value};
use crate::launch::command;
use crate::options::CommonOptions;
use crate::service::{Info, Service};

/// What is to be described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The manual page, in section 8.
    Man,
    /// The keys of the service's own section, in the language of manual pages.
    Keys,
    /// The keys of every service.
    CommonKeys,
    /// The completions of a shell.
    Completions(clap_complete::Shell),
}

/// The subject that a command line asks for.
pub(crate) fn asked(args: &[OsString]) -> Option<Subject> {
    let [_, flag, subject] = args else { return None };
    if flag != "--describe" {
        return None;
    }
    match subject.to_str()? {
        "man" => Some(Subject::Man),
        "keys" => Some(Subject::Keys),
        "common-keys" => Some(Subject::CommonKeys),
        shell => Some(Subject::Completions(shell.parse().ok()?)),
    }
}

/// The description of a daemon.
///
/// # Errors
/// When the page cannot be rendered.
pub(crate) fn describe<S: Service>(subject: Subject) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    match subject {
        Subject::Man => manual::<S>(&mut text)?,
        Subject::Keys => {
            keys(S::Options::augment_args(Command::new("own"))).to_writer(&mut text)?
        }
        Subject::CommonKeys => {
            keys(CommonOptions::augment_args(Command::new("common"))).to_writer(&mut text)?;
        }
        Subject::Completions(shell) => {
            let program = S::INFO.program();
            clap_complete::generate(shell, &mut command::<S>(), program, &mut text);
        }
    }
    Ok(text)
}

fn manual<S: Service>(text: &mut Vec<u8>) -> Result<()> {
    let info = S::INFO;
    let page = Man::new(command::<S>())
        .title(info.program())
        .section("8")
        .source(format!("{} {}", info.title, info.version))
        .manual("Koinos");
    page.render_title(text)?;
    page.render_name_section(text)?;
    page.render_synopsis_section(text)?;
    page.render_description_section(text)?;
    page.render_options_section(text)?;
    closing(&info).to_writer(text)
}

/// What is the same for every daemon: configuration, files, signals, exit status, other pages.
fn closing(info: &Info) -> Roff {
    let Info { name, .. } = info;
    let program = info.program();
    let mut page = Roff::new();
    let mut section = |title: &str, rows: &[(String, String)]| {
        page.control("SH", [title]);
        for (term, meaning) in rows {
            page.control("TP", []);
            page.text([bold(term.as_str())]);
            page.text([roman(meaning.as_str())]);
        }
    };
    let row = |term: &str, meaning: &str| (term.to_owned(), meaning.to_owned());
    section(
        "FILES",
        &[
            row(
                "/etc/koinos/config.yml, /etc/koinos/conf.d/*.yml",
                &format!(
                    "The configuration that the units use: the sections global and {name}. Every \
                     option above can stand there by its long name, but basedir, config and \
                     check-config."
                ),
            ),
            (
                format!("/var/lib/koinos/{name}/"),
                "What the service keeps, for its own user alone.".to_owned(),
            ),
            (
                format!("/run/koinos/{name}/admin.sock"),
                "The admin socket: /healthz, /readyz, /status, /metrics, /loglevel over HTTP."
                    .to_owned(),
            ),
        ],
    );
    section(
        "ENVIRONMENT",
        &[row(
            "KOINOS_OPTION",
            "An option, by its long name in capitals with _ for -. It goes before the files, and \
             the command line before it.",
        )],
    );
    section(
        "SIGNALS",
        &[
            row(
                "SIGTERM, SIGINT, SIGQUIT",
                "Finish what is in hand and stop; a second one is not waited for.",
            ),
            row("SIGHUP", "Read the configuration again; only the log level follows."),
        ],
    );
    section(
        "EXIT STATUS",
        &[
            row("0", "Stopped as asked."),
            row("1", "Something failed; a restart may help."),
            row("64", "The command line is wrong."),
            row("70", "A defect of the program; its place is in the log."),
            row("78", "Configuration or data need the operator; the text says what to do."),
        ],
    );
    page.control("SH", ["SEE ALSO"]);
    page.text([
        bold("koinosctl"),
        roman("(1), "),
        bold("koinos-config.yml"),
        roman("(5), "),
        bold("koinos.systemd"),
        roman("(7), "),
        bold("systemctl"),
        roman("(1), "),
        bold("journalctl"),
        roman(format!("(1): journalctl -u {program}")),
    ]);
    page
}

/// The keys of a section of `config.yml`.
fn keys(options: Command) -> Roff {
    let mut page = Roff::new();
    let keys = options.get_arguments().filter(|arg| takes_value(arg) && !arg.is_hide_set());
    for arg in keys {
        let Some(key) = arg.get_long().filter(|key| !COMMAND_LINE_ONLY.contains(key)) else {
            continue;
        };
        page.control("TP", []);
        page.text([bold(key), roman(format!(": {}", value(arg)))]);
        page.text([roman(meaning(arg))]);
    }
    page
}

/// What stands behind a key.
fn value(arg: &Arg) -> String {
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let name = name.unwrap_or_else(|| "BOOL".to_owned());
    if is_list(arg) { format!("[{name}, ...]") } else { name }
}

/// The help text of an option, with the values it takes and what it is when nothing is said.
fn meaning(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let possible: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if !possible.is_empty() && possible != ["true", "false"] {
        text.push_str(&format!(" [{}]", possible.join(", ")));
    }
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() {
        text.push_str(&format!(" [default: {}]", defaults.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn only_a_known_subject_alone_is_a_question() {
        let asked = |line| asked(&arguments(line));
        assert_eq!(asked("x --describe man"), Some(Subject::Man));
        assert_eq!(asked("x --describe keys"), Some(Subject::Keys));
        assert_eq!(
            asked("x --describe fish"),
            Some(Subject::Completions(clap_complete::Shell::Fish))
        );
        for other in
            ["x", "x --describe", "x --describe cake", "x --jobs man", "x --describe man 2"]
        {
            assert_eq!(asked(other), None, "{other}");
        }
    }

    #[test]
    fn keys_have_their_values_and_defaults_and_no_place_of_the_configuration() {
        let page = keys(CommonOptions::augment_args(Command::new("common"))).to_roff();
        assert!(page.contains("\\fBlog\\-level\\fR: LEVEL"), "{page}");
        assert!(page.contains("[default: info]") && page.contains("debug"), "{page}");
        assert!(!page.contains("basedir") && !page.contains("check"), "{page}");
    }
}

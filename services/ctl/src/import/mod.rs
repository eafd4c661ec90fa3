//! `import`: taking over a node of the original. Nothing of it is changed, and nothing that this node
//! has already is overwritten; a second time makes nothing new.

mod compose;
mod environment;
mod fragment;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use koinos_service::Fatal;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::files::{self, Access};
use crate::layout::Layout;
use crate::output::{Output, Report};

/// What to take over.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Take over the configuration, keys, genesis data and descriptors of a node that docker compose
    /// runs
    Compose {
        /// The directory of docker-compose.yml
        directory: PathBuf,
        /// The node's data [default: BASEDIR of its environment or of .env, else ~/.koinos]
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Name for the network, if none that is known has its chain id
        #[arg(long, value_name = "NAME", default_value = "imported")]
        network: String,
    },
}

/// Takes over.
pub(crate) fn run(verb: &Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let layout = Layout::find(global)?;
    let Verb::Compose { directory, data, network } = verb;
    output.show(&compose::import(&layout, directory, data.as_deref(), network)?)
}

/// What became of a part of the old node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is in its new place now.
    Taken,
    /// It was there already.
    There,
    /// It was not taken.
    Left,
}

impl Fate {
    fn text(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::There => "there already",
            Self::Left => "not taken",
        }
    }
}

/// What was found, and what became of it.
#[derive(Debug, Default)]
struct Takings(Vec<(String, Fate, String)>);

impl Takings {
    fn note(&mut self, what: impl Into<String>, fate: Fate, text: impl Into<String>) {
        self.0.push((what.into(), fate, text.into()));
    }

    /// Puts a file into place, if nothing is there.
    fn put(
        &mut self,
        what: &str,
        path: &Path,
        content: &[u8],
        access: Access,
    ) -> Result<(), Fatal> {
        let place = path.display().to_string();
        match std::fs::read(path) {
            Ok(there) if there == content => self.note(what, Fate::There, place),
            Ok(_) => {
                self.note(what, Fate::Left, format!("{place} is there and differs, so it stays"));
            }
            Err(_) => {
                files::write(path, content, access)?;
                self.note(what, Fate::Taken, place);
            }
        }
        Ok(())
    }

    fn report(self, next: &str) -> Report {
        let json = |(what, fate, text): &(String, Fate, String)| json!({ "what": what, "fate": fate.text(), "text": text });
        let items: Vec<Value> = self.0.iter().map(json).collect();
        let rows =
            self.0.into_iter().map(|(what, fate, text)| vec![what, fate.text().into(), text]);
        Report::new(json!({ "items": items, "next": next }))
            .table(vec!["part", "what became of it", "where, or why not"], rows.collect())
            .text(next)
    }
}

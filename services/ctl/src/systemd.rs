//! The service manager, where it runs.

use std::path::Path;
use std::process::Command;

use anyhow::anyhow;
use koinos_service::Fatal;

use crate::layout::Layout;

/// The service manager of the system that a node belongs to.
#[derive(Debug)]
pub(crate) struct Manager;

impl Manager {
    /// The manager of a node of the units, if it runs: not in an image or a plain container.
    pub(crate) fn of(layout: &Layout) -> Option<Self> {
        let runs = Path::new("/run/systemd/system").is_dir();
        (layout.is_live() && layout.packaged().is_some() && runs).then_some(Self)
    }

    /// Has it do something.
    pub(crate) fn tell(&self, arguments: &[&str]) -> Result<(), Fatal> {
        let output = Command::new("systemctl").args(arguments).output();
        let said = match output {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; "),
            Err(error) => error.to_string(),
        };
        Err(Fatal::failure(anyhow!("systemctl {} failed: {said}", arguments.join(" "))))
    }

    /// Has it read changed units.
    pub(crate) fn reload(&self) -> Result<(), Fatal> {
        self.tell(&["daemon-reload"])
    }

    /// The state of a unit: `active`, `inactive`, `failed`, ... Nothing is started by asking.
    pub(crate) fn state(&self, unit: &str) -> String {
        let output = Command::new("systemctl").args(["is-active", unit]).output();
        let said = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        said.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown".to_owned())
    }
}

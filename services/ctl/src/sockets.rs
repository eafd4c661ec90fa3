//! The sockets for clients of a further node: systemd holds their ports, as it does those of the first node,
//! through restarts of the services.

use std::path::PathBuf;

use koinos_service::Fatal;

use crate::files::{self, Access, Change};
use crate::layout::Layout;

const DROP_IN: &str = "15-instance.conf";

/// Has systemd listen on `address` (`HOST:PORT`) for a service of an instance; whether that is new.
pub(crate) fn open(node: &Layout, service: &str, address: &str) -> Result<bool, Fatal> {
    let mut changed = false;
    for (unit, text) in texts(node, service, address) {
        let text = format!("# Written by koinosctl instance create.\n{text}");
        let change = files::write(&drop_in(node, &unit), text.as_bytes(), Access::All)?;
        changed |= change != Change::None;
    }
    Ok(changed)
}

/// Takes back what [`open`] has written; whether there was anything.
pub(crate) fn close(node: &Layout, service: &str) -> Result<bool, Fatal> {
    let mut changed = false;
    for (unit, _) in texts(node, service, "") {
        let path = drop_in(node, &unit);
        changed |= files::remove(&path)?;
        if let Some(directory) = path.parent() {
            // With something of the operator's in it, it stays.
            let _ = std::fs::remove_dir(directory);
        }
    }
    Ok(changed)
}

/// The units and what a drop-in says to each: the socket where to listen, the service to take it.
fn texts(node: &Layout, service: &str, address: &str) -> Vec<(String, String)> {
    let (Some(socket), Some(unit)) = (node.public_socket(service), node.unit(service)) else {
        return Vec::new();
    };
    let listens = format!("[Socket]\nListenStream=\nListenStream={address}\n");
    let takes = format!("[Service]\nSockets={socket}\n");
    vec![(socket, listens), (unit, takes)]
}

fn drop_in(node: &Layout, unit: &str) -> PathBuf {
    node.drop_ins_of(unit).join(DROP_IN)
}

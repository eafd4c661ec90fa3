//! Where the files of a node are: one tree for a node of one's own, three for one of the units.

use std::path::{Path, PathBuf};

use koinos_service::{BasedirRoot, ConfigFile, Fatal, config};

use crate::admin::SERVICES;
use crate::cli::Global;

/// Where the units of systemd keep the data of nodes.
const DATA: &str = "var/lib/koinos";
/// Where their configuration is, at the same place as the data below [`DATA`].
const CONFIGURATION: &str = "etc/koinos";
/// Where their sockets are, likewise.
const SOCKETS: &str = "run/koinos";
/// Below [`DATA`] and its like: the nodes of `koinos@NETWORK.target`.
pub(crate) const NETWORKS: &str = "networks";
/// Where packages put profiles of networks.
const PROFILES: &str = "usr/share/koinos/networks";
/// What waits for the chain speaks to the broker too, though it is no service.
const WAITING: &str = "wait_sync";
/// Where the operator's changes to units go.
const UNITS: &str = "etc/systemd/system";

/// Where the files of a node are.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The system they belong to: `/`, or the tree of `--root`.
    root: PathBuf,
    /// Its data.
    pub(crate) basedir: PathBuf,
    /// What it is among the nodes of the units; nothing for a node of one's own.
    packaged: Option<Packaged>,
}

/// A node that the units run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packaged {
    /// That of `koinos.target`.
    Only,
    /// That of `koinos@NAME.target`.
    Instance(String),
}

impl Layout {
    /// Finds the node that the command line means: the base directory that is named, or the user's
    /// own, or that of the units.
    pub(crate) fn find(global: &Global) -> Result<Self, Fatal> {
        let root = global.root.clone().unwrap_or_else(|| PathBuf::from("/"));
        let units = root.join(DATA);
        if global.root.is_some() {
            let basedir = match &global.basedir {
                Some(named) => root.join(named.strip_prefix("/").unwrap_or(named)),
                None => units,
            };
            return Ok(Self::at(root, basedir));
        }
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let found = BasedirRoot::CurrentDir.resolve(global.basedir.as_deref(), home);
        let basedir = match found {
            Ok(own) if global.basedir.is_some() || own.exists() || !units.exists() => own,
            Err(text) if !units.exists() => return Err(Fatal::usage(anyhow::anyhow!(text))),
            _ => units,
        };
        Ok(Self::at(root, basedir))
    }

    /// The node of a base directory.
    pub(crate) fn at(root: PathBuf, basedir: PathBuf) -> Self {
        let below = basedir.strip_prefix(root.join(DATA)).ok().map(Path::to_owned);
        let packaged = below.map(|below| match below.strip_prefix(NETWORKS) {
            Ok(name) => Packaged::Instance(name.display().to_string()),
            Err(_) => Packaged::Only,
        });
        Self { root, basedir, packaged }
    }

    /// The node of the units of that network on the same system.
    pub(crate) fn instance(&self, name: &str) -> Self {
        let basedir = self.root.join(DATA).join(NETWORKS).join(name);
        Self::at(self.root.clone(), basedir)
    }

    /// The node of `koinos.target` on the same system.
    pub(crate) fn only(&self) -> Self {
        Self::at(self.root.clone(), self.root.join(DATA))
    }

    /// What it is among the nodes of the units; nothing for a node of one's own.
    pub(crate) fn packaged(&self) -> Option<&Packaged> {
        self.packaged.as_ref()
    }

    /// The name of the instance, if it is one.
    pub(crate) fn instance_name(&self) -> Option<&str> {
        match &self.packaged {
            Some(Packaged::Instance(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether it belongs to the system that runs, and not to a tree.
    pub(crate) fn is_live(&self) -> bool {
        self.root == Path::new("/")
    }

    /// A path as it is for those who live in the system: without the tree of `--root`.
    pub(crate) fn inside(&self, path: &Path) -> PathBuf {
        Path::new("/").join(path.strip_prefix(&self.root).unwrap_or(path))
    }

    /// What a link at `path` holds so that it leads to `target`, also when the tree is looked at from
    /// outside.
    pub(crate) fn link_target(&self, path: &Path, target: &Path) -> PathBuf {
        if self.is_live() {
            return target.to_owned();
        }
        let below = |path: &Path| path.strip_prefix(&self.root).unwrap_or(path).to_owned();
        // The name of the link itself is no step.
        let up = below(path).components().count().saturating_sub(1);
        (0..up).map(|_| "..").collect::<PathBuf>().join(below(target))
    }

    /// The same place in another tree, if it is a node of the units.
    fn tree(&self, tree: &str) -> Option<PathBuf> {
        let below = self.basedir.strip_prefix(self.root.join(DATA)).ok()?;
        self.packaged.is_some().then(|| self.root.join(tree).join(below))
    }

    /// The directory of its configuration.
    pub(crate) fn etc(&self) -> PathBuf {
        self.tree(CONFIGURATION).unwrap_or_else(|| self.basedir.clone())
    }

    /// The directory of the configuration of all nodes of the units, or of this one.
    pub(crate) fn shared_etc(&self) -> PathBuf {
        match self.packaged {
            Some(_) => self.root.join(CONFIGURATION),
            None => self.basedir.clone(),
        }
    }

    /// The admin socket of a service.
    pub(crate) fn admin_socket(&self, service: &str) -> PathBuf {
        let sockets = self.tree(SOCKETS).unwrap_or_else(|| self.basedir.clone());
        sockets.join(service).join("admin.sock")
    }

    /// `config.yml`, if it is where the units have theirs and there is one.
    pub(crate) fn config_file(&self) -> Option<PathBuf> {
        self.packaged.as_ref()?;
        Some(self.etc().join("config.yml")).filter(|path| path.exists())
    }

    /// Its configuration files.
    pub(crate) fn config_files(&self) -> Result<Vec<ConfigFile>, Fatal> {
        config::files(&self.basedir, self.config_file().as_deref()).map_err(Fatal::config)
    }

    /// The directory of fragments.
    pub(crate) fn fragments(&self) -> PathBuf {
        self.etc().join("conf.d")
    }

    /// The directory of secrets.
    pub(crate) fn credentials(&self) -> PathBuf {
        self.etc().join("credentials")
    }

    /// Where packages put profiles of networks.
    pub(crate) fn profiles(&self) -> PathBuf {
        self.root.join(PROFILES)
    }

    /// Where what belongs to networks, and the configuration of further nodes, is.
    pub(crate) fn networks(&self) -> PathBuf {
        self.shared_etc().join(NETWORKS)
    }

    /// The units of its services, for globs of `systemctl`: `koinos-chain.service` or
    /// `koinos-chain@NAME.service`. Nothing for a node of one's own.
    pub(crate) fn unit(&self, service: &str) -> Option<String> {
        Some(format!("{}{}.service", program(service), self.at_name()?))
    }

    /// The unit of the socket for clients of a service.
    pub(crate) fn public_socket(&self, service: &str) -> Option<String> {
        Some(format!("{}-public{}.socket", program(service), self.at_name()?))
    }

    /// `@NAME` of an instance, for the names of its units.
    fn at_name(&self) -> Option<String> {
        Some(match self.packaged.as_ref()? {
            Packaged::Only => String::new(),
            Packaged::Instance(name) => format!("@{name}"),
        })
    }

    /// The target of all its services.
    pub(crate) fn target(&self) -> Option<String> {
        Some(match self.packaged.as_ref()? {
            Packaged::Only => "koinos.target".to_owned(),
            Packaged::Instance(name) => format!("koinos@{name}.target"),
        })
    }

    /// The directory of drop-ins for a unit.
    pub(crate) fn drop_ins_of(&self, unit: &str) -> PathBuf {
        self.root.join(UNITS).join(format!("{unit}.d"))
    }

    /// The directories of drop-ins for its services, and for what waits for its chain.
    pub(crate) fn drop_ins(&self, services: &[&str]) -> Vec<PathBuf> {
        match &self.packaged {
            None => Vec::new(),
            Some(Packaged::Only) if services.is_empty() => {
                vec![self.drop_ins_of("koinos-.service")]
            }
            Some(_) => {
                let all = SERVICES.iter().copied().chain([WAITING]);
                let named: Vec<&str> = match services.is_empty() {
                    true => all.collect(),
                    false => services.to_vec(),
                };
                named
                    .into_iter()
                    .filter_map(|service| self.unit(service))
                    .map(|unit| self.drop_ins_of(&unit))
                    .collect()
            }
        }
    }

    /// The path of a service's program: beside this one, or in `PATH`.
    pub(crate) fn program(service: &str) -> Option<PathBuf> {
        crate::program::find(&program(service), None)
    }
}

/// The name of a service's program.
pub(crate) fn program(service: &str) -> String {
    format!("koinos-{}", service.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(basedir: &str) -> Layout {
        Layout::at("/".into(), basedir.into())
    }

    #[test]
    fn a_node_of_the_units_has_its_places_in_three_trees() {
        for (basedir, target) in [
            ("/var/lib/koinos", "koinos.target"),
            ("/var/lib/koinos/networks/harbinger", "koinos@harbinger.target"),
        ] {
            let node = at(basedir);
            let tree = |tree| PathBuf::from(basedir.replace("/var/lib", tree));
            assert_eq!(node.admin_socket("chain"), tree("/run").join("chain/admin.sock"));
            assert_eq!(node.fragments(), tree("/etc").join("conf.d"));
            assert_eq!(node.target().unwrap(), target);
            assert_eq!(node.networks(), Path::new("/etc/koinos/networks"));
        }
        assert_eq!(
            at("/var/lib/koinos").unit("block_store").unwrap(),
            "koinos-block-store.service"
        );
        let instance = at("/var/lib/koinos").instance("x");
        assert_eq!(instance.unit("chain").unwrap(), "koinos-chain@x.service");
        assert_eq!(instance.only().basedir, Path::new("/var/lib/koinos"));
        let image = Layout::at("/image".into(), "/image/var/lib/koinos".into());
        assert_eq!(image.etc(), Path::new("/image/etc/koinos"));
        let link = image.fragments().join("10-network.yml");
        let target = image.link_target(&link, &image.profiles().join("x.yml"));
        assert_eq!(target, Path::new("../../../usr/share/koinos/networks/x.yml"));
        assert_eq!(image.inside(&link), Path::new("/etc/koinos/conf.d/10-network.yml"));
    }

    #[test]
    fn a_node_of_ones_own_has_one_place() {
        let own = at("/home/k/.koinos");
        assert_eq!(own.admin_socket("p2p"), Path::new("/home/k/.koinos/p2p/admin.sock"));
        assert_eq!(own.etc(), Path::new("/home/k/.koinos"));
        assert_eq!((own.unit("chain"), own.target()), (None, None));
        assert!(own.drop_ins(&[]).is_empty());
    }
}

//! A node that docker compose runs: its directory holds `.env` and `config/`, its data are elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use koinos_crypto::SecretKey;
use koinos_service::{ConfigFile, Fatal};

use super::environment::Environment;
use super::fragment::fragment;
use super::{Fate, Takings};
use crate::credential::{Name, plain};
use crate::files::{self, Access, Change};
use crate::layout::Layout;
use crate::network::{FRAGMENT, Genesis, Profile};
use crate::output::Report;

/// The configuration of the compose node, and what is different on this host.
const CONFIG: &str = "30-compose.yml";
const HOST: &str = "31-compose-host.yml";
/// Databases of the original, in the directory of its data. None of them is in a form that is read here.
const DATABASES: [(&str, &str); 5] = [
    ("block_store/db", "blocks, in Badger"),
    ("chain/blockchain", "state of the original chain"),
    ("transaction_store/db", "index, in Badger"),
    ("contract_meta_store/db", "index, in Badger"),
    ("account_history/db", "index of the original"),
];
/// A service that listens, and where if nobody says otherwise: in compose as in the units.
struct Listener {
    service: &'static str,
    title: &'static str,
    address: &'static str,
    port: u16,
    /// Whether its option takes a multiaddress.
    multiaddress: bool,
}

const LISTENERS: [Listener; 4] = [
    Listener {
        service: "jsonrpc",
        title: "JSON-RPC",
        address: "127.0.0.1",
        port: 8080,
        multiaddress: true,
    },
    Listener {
        service: "grpc",
        title: "gRPC",
        address: "127.0.0.1",
        port: 50051,
        multiaddress: false,
    },
    Listener {
        service: "rest",
        title: "REST",
        address: "127.0.0.1",
        port: 3000,
        multiaddress: true,
    },
    Listener { service: "p2p", title: "p2p", address: "0.0.0.0", port: 8888, multiaddress: true },
];
/// The descriptors that every node has.
const OWN_DESCRIPTORS: &str = "koinos_descriptors.pb";

/// Takes over what can be taken.
pub(super) fn import(
    layout: &Layout,
    directory: &Path,
    data: Option<&Path>,
    network: &str,
) -> Result<Report, Fatal> {
    if layout.instance_name().is_some() {
        return Err(Fatal::usage(anyhow!("a node is taken over as the one of koinos.target")));
    }
    let config = directory.join("config");
    if !config.join("config.yml").exists() {
        return Err(Fatal::config(anyhow!(
            "there is no {}/config.yml; name the directory of docker-compose.yml, in which the node \
             was started",
            config.display()
        )));
    }
    let environment = Environment::read(directory)?;
    let data = data.map(Path::to_owned).or_else(|| environment.data(directory));
    let mut takings = Takings::default();
    let seed = configuration(layout, &config.join("config.yml"), &mut takings)?;
    listeners(layout, &config.join("config.yml"), &environment, &mut takings)?;
    genesis(layout, &config.join("genesis_data.json"), network, &mut takings)?;
    if seed {
        takings.note("p2p seed", Fate::Taken, "with the configuration, so the peer id stays");
    }
    let mut descriptors = vec![config.join(OWN_DESCRIPTORS)];
    if let Some(data) = &data {
        descriptors.extend(files_in(&data.join("jsonrpc/descriptors")));
        key(layout, &config.join("config.yml"), data, &mut takings)?;
    }
    take_descriptors(layout, &descriptors, &mut takings)?;
    match &data {
        Some(data) => databases(layout, data, &mut takings),
        None => {
            takings.note("data", Fate::Left, "where they are is not known; name it with --data")
        }
    }
    Ok(takings.report(&next(layout, &environment)))
}

fn read(path: &Path) -> Result<String, Fatal> {
    fs::read_to_string(path)
        .map_err(|error| Fatal::config(anyhow!("cannot read {}: {error}", path.display())))
}

/// The fragment of its configuration; whether it has a seed for p2p.
fn configuration(layout: &Layout, path: &Path, takings: &mut Takings) -> Result<bool, Fatal> {
    let text = read(path)?;
    let invalid = |text: String| Fatal::config(anyhow!(text));
    let file = ConfigFile::parse(path, text.clone()).map_err(invalid)?;
    // A broker that is not a container of the node is used on.
    let broker = file.values("global", "amqp").unwrap_or_default().join(",");
    let keep: &[&str] =
        if broker.contains("@amqp:") || broker.is_empty() { &[] } else { &["amqp"] };
    let origin = path.display().to_string();
    let made = fragment(&text, &origin, keep);
    // It may hold secrets, such as the seed: for root and the services.
    let place = layout.fragments().join(CONFIG);
    takings.put("configuration", &place, made.text.as_bytes(), Access::Services)?;
    for (name, why) in made.left_out {
        takings.note(name, Fate::Left, why);
    }
    for section in file.sections().iter().filter(|name| name.contains('-')) {
        let right = section.replace('-', "_");
        let text = format!("never read, by the original neither: write {right}");
        takings.note(format!("section {section}"), Fate::Left, text);
    }
    Ok(file.values("p2p", "seed").is_some())
}

/// Where services listen: in the containers on all addresses, on the host where compose said.
fn listeners(
    layout: &Layout,
    config: &Path,
    environment: &Environment,
    takings: &mut Takings,
) -> Result<(), Fatal> {
    let mut text = format!(
        "# Where the services of {} listened on this host. Written by koinosctl import compose.\n",
        config.display()
    );
    let mut moved = Vec::new();
    for listener in &LISTENERS {
        let Listener { service, address: usual_address, port: usual_port, .. } = *listener;
        let (address, port) = environment.listener(service, usual_address, usual_port);
        let (option, value) = match listener.multiaddress {
            true => ("listen", format!("/ip4/{address}/tcp/{port}")),
            false => ("endpoint", format!("{address}:{port}")),
        };
        text.push_str(&format!("{service}:\n  {option}: {}\n", files::yaml(&value)));
        if (address.as_str(), port) != (usual_address, usual_port) {
            moved.push((listener, format!("{address}:{port}")));
        }
    }
    let place = layout.fragments().join(HOST);
    takings.put("addresses", &place, text.as_bytes(), Access::Services)?;
    for (Listener { service, title, .. }, stream) in moved {
        if layout.packaged().is_some() {
            let text = format!(
                "systemd holds it: systemctl edit koinos-{service}-public.socket, with ListenStream= \
                 and ListenStream={stream}"
            );
            takings.note(format!("{title} port"), Fate::Left, text);
        }
    }
    Ok(())
}

/// The genesis data, as that of the network they belong to.
fn genesis(
    layout: &Layout,
    path: &Path,
    network: &str,
    takings: &mut Takings,
) -> Result<(), Fatal> {
    if !path.exists() {
        takings.note("genesis data", Fate::Left, format!("there is no {}", path.display()));
        return Ok(());
    }
    let genesis = Genesis::read(path)?;
    let known = Profile::all(layout)?
        .into_iter()
        .find(|profile| profile.chain_id().as_deref() == Some(genesis.chain_id()));
    let profile = match known {
        Some(profile) => profile,
        None => match Profile::find(layout, network)? {
            Some(profile) => profile,
            None => Profile::make(layout, network, &genesis, None, None, &[])?,
        },
    };
    let fate = match genesis.take_in(layout, &profile)? {
        Change::None => Fate::There,
        Change::Made | Change::Replaced => Fate::Taken,
    };
    let place = profile.genesis_file(layout).display().to_string();
    takings.note("genesis data", fate, format!("{place} ({})", profile.name()));
    let link = layout.fragments().join(FRAGMENT);
    let target = layout.link_target(&link, &profile.file(layout)?);
    match fs::symlink_metadata(&link) {
        Err(_) => {
            files::link(&link, &target)?;
            takings.note(
                "network",
                Fate::Taken,
                format!("{} ({})", link.display(), profile.name()),
            );
        }
        Ok(_) if fs::read_link(&link).is_ok_and(|there| there == target) => {
            takings.note("network", Fate::There, profile.name());
        }
        Ok(_) => {
            let text = format!(
                "the node belongs to another one; koinosctl network use {} switches",
                profile.name()
            );
            takings.note("network", Fate::Left, text);
        }
    }
    Ok(())
}

/// The producer's key.
fn key(layout: &Layout, config: &Path, data: &Path, takings: &mut Takings) -> Result<(), Fatal> {
    let file = ConfigFile::parse(config, read(config)?).map_err(|e| Fatal::config(anyhow!(e)))?;
    let named = file.values("block_producer", "private-key-file").unwrap_or_default();
    let name = named.first().map_or("private.key", String::as_str);
    // A path of the container is one of the data.
    let path = match Path::new(name).strip_prefix("/koinos") {
        Ok(below) => data.join(below),
        Err(_) => data.join("block_producer").join(name),
    };
    if !path.exists() {
        takings.note("producer key", Fate::Left, format!("there is no {}", path.display()));
        return Ok(());
    }
    let content = read(&path)?;
    let line = content.lines().next().unwrap_or_default();
    if SecretKey::from_wif(line).is_err() {
        let text = format!("{} holds no key in wallet import format", path.display());
        takings.note("producer key", Fate::Left, text);
        return Ok(());
    }
    let place = match layout.packaged() {
        Some(_) => plain(layout, Name::ProducerKey),
        None => layout.basedir.join("block_producer").join("private.key"),
    };
    if place != path {
        takings.put("producer key", &place, format!("{line}\n").as_bytes(), Access::Owner)?;
    }
    takings.note(
        "advice",
        Fate::Left,
        "two nodes with one producer key lose blocks: stop the old producer for good first. Keys that \
         the original made can be guessed: replace them",
    );
    Ok(())
}

/// Descriptors of services that are not the protocol's.
fn take_descriptors(
    layout: &Layout,
    files: &[PathBuf],
    takings: &mut Takings,
) -> Result<(), Fatal> {
    let mut seen = BTreeSet::new();
    for path in files.iter().filter(|path| path.exists()) {
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            continue;
        };
        let what = format!("descriptors {name}");
        let content = fs::read(path)
            .map_err(|error| Fatal::config(anyhow!("cannot read {}: {error}", path.display())))?;
        if !seen.insert(content.clone()) {
            continue;
        }
        let others = other_services(&content);
        if others.is_empty() {
            takings.note(what, Fate::Left, "its services are built in");
            continue;
        }
        let directory = match layout.packaged() {
            Some(_) => layout.etc().join("descriptors.d"),
            None => layout.basedir.join("jsonrpc/descriptors"),
        };
        let place = directory.join(&name);
        if place != *path {
            takings.put(&what, &place, &content, Access::All)?;
        }
    }
    Ok(())
}

/// The services in a file of descriptors that are not built in, by the names of their packages.
fn other_services(content: &[u8]) -> BTreeSet<String> {
    const PACKAGE_TEXT: &str = "koinos.rpc.";
    const PACKAGE: &[u8] = PACKAGE_TEXT.as_bytes();
    let pool = koinos_proto::descriptor_pool();
    let packages = pool
        .files()
        .filter_map(|file| file.package_name().strip_prefix(PACKAGE_TEXT).map(str::to_owned));
    // Messages that all services share stand in the package above.
    let shared = pool.all_messages().filter(|message| message.package_name() == "koinos.rpc");
    let known: BTreeSet<String> =
        packages.chain(shared.map(|message| message.name().to_owned())).collect();
    let mut found = BTreeSet::new();
    for at in content.windows(PACKAGE.len()).enumerate().filter(|(_, text)| *text == PACKAGE) {
        let rest = &content[at.0 + PACKAGE.len()..];
        let name: String = rest
            .iter()
            .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || **c == b'_')
            .map(|c| char::from(*c))
            .collect();
        // A name of a message in the package, or of the package itself.
        if !name.is_empty() && !known.contains(&name) {
            found.insert(name);
        }
    }
    found
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}

/// What is not taken, however large: it stays as it is.
fn databases(layout: &Layout, data: &Path, takings: &mut Takings) {
    if !data.is_dir() {
        takings.note("data", Fate::Left, format!("there is no {}", data.display()));
        return;
    }
    for (place, what) in DATABASES {
        let path = data.join(place);
        if path.is_dir() {
            let gib = size(&path) as f64 / f64::from(1 << 30);
            let text = format!(
                "{} ({gib:.1} GiB): {what}, which cannot be read here. It was not touched; the node \
                 fetches and indexes blocks anew",
                path.display()
            );
            takings.note(place, Fate::Left, text);
        }
    }
    let text = match layout.packaged() {
        Some(_) => format!(
            "new data go to {}; to keep them on the disk of {}, mount a directory of it there \
             (mount --bind, and a line in fstab) before the first start",
            layout.basedir.display(),
            data.display()
        ),
        None => format!("new data go to {}", layout.basedir.display()),
    };
    takings.note("data", Fate::Left, text);
}

/// Bytes of the files in a directory.
fn size(directory: &Path) -> u64 {
    let mut sum = 0;
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if let Ok(found) = entry.metadata() {
            sum += if found.is_dir() { size(&entry.path()) } else { found.len() };
        }
    }
    sum
}

fn next(layout: &Layout, environment: &Environment) -> String {
    let units: Vec<String> = ["chain", "p2p"]
        .into_iter()
        .chain(environment.services())
        .map(crate::layout::program)
        .collect();
    match layout.packaged() {
        Some(_) => format!(
            "Next: docker compose down; koinosctl config check; koinosctl broker setup; systemctl \
             enable --now {}",
            units.join(" ")
        ),
        None => {
            "Next: docker compose down; koinosctl config check; then start the services".to_owned()
        }
    }
}

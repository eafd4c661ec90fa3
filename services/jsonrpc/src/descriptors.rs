//! The messages that calls are translated with: those of the protocol, and over them what the
//! operator put into directories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use koinos_codec::wire;
use prost::Message;
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

/// Where the files stand in a `google.protobuf.FileDescriptorSet`.
const FILE: u32 = 1;

/// What was made of the descriptor files.
pub(crate) struct Loaded {
    pub(crate) pool: DescriptorPool,
    /// The files that are in use.
    pub(crate) used: Vec<PathBuf>,
    /// What is wrong with those that are not.
    pub(crate) refused: Vec<String>,
}

/// A descriptor file: the proto files in it by name, each as its serialized
/// `google.protobuf.FileDescriptorProto`, which keeps the options that Rust types would drop.
struct Source {
    path: PathBuf,
    protos: BTreeMap<String, Bytes>,
}

/// Reads every file in `directories`, of which those that do not exist are empty. A proto file
/// takes the place of an earlier one of the same name, and of the protocol's own. A file that
/// cannot be used is left out.
pub(crate) fn load(directories: &[PathBuf]) -> Loaded {
    let mut refused = Vec::new();
    let mut sources = Vec::new();
    for directory in directories {
        let paths = files(directory).unwrap_or_else(|error| {
            let error = if error.kind() == std::io::ErrorKind::NotFound {
                return Vec::new();
            } else {
                error
            };
            refused.push(format!("cannot read {}: {error}", directory.display()));
            Vec::new()
        });
        for path in paths {
            match read(&path) {
                Ok(protos) => sources.push(Source { path, protos }),
                Err(text) => refused.push(format!("{}: {text}", path.display())),
            }
        }
    }
    let pool = merge(&mut sources, &mut refused);
    Loaded { pool, used: sources.into_iter().map(|source| source.path).collect(), refused }
}

fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<BTreeMap<String, Bytes>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    parse(&bytes.into()).ok_or_else(|| {
        "is neither a FileDescriptorSet nor a FileDescriptorProto; remove it, or make it with \
         protoc --include_imports --descriptor_set_out=FILE"
            .to_owned()
    })
}

/// The proto files in a set, or the one that `bytes` is.
fn parse(bytes: &Bytes) -> Option<BTreeMap<String, Bytes>> {
    let mut fields = wire::Fields::new(bytes);
    let only_files = fields
        .by_ref()
        .all(|field| field.number == FILE && matches!(field.value, wire::FieldValue::Bytes(_)));
    if only_files && fields.position() == bytes.len() && !bytes.is_empty() {
        let protos: Option<_> =
            wire::repeated_bytes(bytes, FILE).map(|file| Some((name(&file)?, file))).collect();
        if protos.is_some() {
            return protos;
        }
    }
    Some(BTreeMap::from([(name(bytes)?, bytes.clone())]))
}

fn name(file: &Bytes) -> Option<String> {
    FileDescriptorProto::decode(file.clone()).ok()?.name.filter(|name| name.ends_with(".proto"))
}

/// Puts the sources over the protocol's own files. What does not fit is taken out of `sources`.
fn merge(sources: &mut Vec<Source>, refused: &mut Vec<String>) -> DescriptorPool {
    let own = Bytes::from_static(koinos_proto::FILE_DESCRIPTOR_SET);
    let own = parse(&own).unwrap_or_default();
    while !sources.is_empty() {
        let mut files: BTreeMap<&String, &Bytes> = own.iter().collect();
        files.extend(sources.iter().flat_map(|source| &source.protos));
        let mut set = Vec::new();
        for file in files.values() {
            wire::put_message_field(&mut set, FILE, file);
        }
        let error = match DescriptorPool::decode(set.as_slice()) {
            Ok(pool) => return pool,
            Err(error) => error,
        };
        let named = |source: &Source| error.file().is_some_and(|f| source.protos.contains_key(f));
        let culprit = sources.iter().rposition(named).unwrap_or(sources.len() - 1);
        let source = sources.remove(culprit);
        refused.push(format!(
            "{}: does not fit the other descriptors: {error}; remove or correct it",
            source.path.display()
        ));
    }
    koinos_proto::descriptor_pool().clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proto(name: &str, text: &str) -> FileDescriptorProto {
        let mut file = FileDescriptorProto {
            name: Some(name.to_owned()),
            package: Some(text.to_owned()),
            syntax: Some("proto3".to_owned()),
            ..Default::default()
        };
        let message = |name: &str| prost_types::DescriptorProto {
            name: Some(name.to_owned()),
            ..Default::default()
        };
        file.message_type = vec![message("thing_request")];
        file
    }

    fn directory(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(directory.path().join(name), content).unwrap();
        }
        directory
    }

    #[test]
    fn sets_and_single_files_are_taken_in() {
        let set = prost_types::FileDescriptorSet { file: vec![proto("a.proto", "koinos.rpc.a")] };
        let directory = directory(&[
            ("a.pb", set.encode_to_vec()),
            ("m.pb", proto("m.proto", "b").encode_to_vec()),
        ]);
        std::fs::create_dir(directory.path().join("sub")).unwrap();
        let absent = directory.path().join("absent");
        let loaded = load(&[directory.path().to_owned(), absent]);
        assert_eq!(loaded.refused, [""; 0]);
        assert_eq!(loaded.used.len(), 2);
        for name in ["koinos.rpc.a.thing_request", "b.thing_request", "koinos.protocol.block"] {
            assert!(loaded.pool.get_message_by_name(name).is_some(), "{name}");
        }
        let btype = loaded.pool.get_extension_by_name("koinos.btype");
        assert!(btype.is_some());
    }

    #[test]
    fn files_that_cannot_be_used_are_named_and_left_out() {
        let mut broken = proto("broken.proto", "c");
        broken.dependency = vec!["nowhere.proto".to_owned()];
        broken.message_type[0].field = vec![prost_types::FieldDescriptorProto {
            name: Some("x".to_owned()),
            number: Some(1),
            r#type: Some(11),
            type_name: Some(".nowhere.x".to_owned()),
            ..Default::default()
        }];
        let directory = directory(&[
            ("README", b"not a descriptor".to_vec()),
            ("a.pb", proto("a.proto", "a").encode_to_vec()),
            ("broken.pb", broken.encode_to_vec()),
            ("empty", Vec::new()),
            ("twice.pb", proto("other.proto", "a").encode_to_vec()),
        ]);
        let loaded = load(&[directory.path().to_owned()]);
        let refused = loaded.refused.join("\n");
        for name in ["README", "broken.pb", "empty", "twice.pb"] {
            assert!(refused.contains(name), "{name} is not in {refused}");
        }
        assert_eq!(loaded.used, [directory.path().join("a.pb")]);
        assert!(loaded.pool.get_message_by_name("a.thing_request").is_some());
    }

    #[test]
    fn a_file_takes_the_place_of_the_protocols_own() {
        let own = koinos_proto::descriptor_pool();
        let mut file = own
            .get_file_by_name("koinos/rpc/p2p/p2p_rpc.proto")
            .unwrap()
            .file_descriptor_proto()
            .clone();
        file.message_type.push(prost_types::DescriptorProto {
            name: Some("new_request".to_owned()),
            ..Default::default()
        });
        let directory = directory(&[("p2p.pb", file.encode_to_vec())]);
        let loaded = load(&[directory.path().to_owned()]);
        assert_eq!(loaded.refused, [""; 0]);
        for name in ["new_request", "get_gossip_status_request"] {
            let name = format!("koinos.rpc.p2p.{name}");
            assert!(loaded.pool.get_message_by_name(&name).is_some(), "{name}");
        }
    }
}

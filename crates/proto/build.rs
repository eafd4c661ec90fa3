//! Compiles the Koinos `.proto` files without `protoc`: Rust types for the crate, and the
//! descriptor set that it embeds.

use std::error::Error;
use std::path::{Path, PathBuf};

use prost_types::FileDescriptorSet;
use prost_types::field_descriptor_proto::Type;

/// String fields that the reference fills without checking for UTF-8: what a contract logs or gives
/// as its error message comes out as it went in. The Rust types hold them as bytes, or a message
/// with such a text could be neither built nor read. On the wire the two are alike; the embedded
/// descriptors (and so JSON) keep the declared type.
const UNCHECKED_STRINGS: [(&str, &str, &str); 3] = [
    ("koinos.protocol", "transaction_receipt", "logs"),
    ("koinos.protocol", "block_receipt", "logs"),
    ("koinos.chain", "error_data", "message"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("proto");
    println!("cargo:rerun-if-changed=proto");
    let mut files = Vec::new();
    proto_files(root, &mut files)?;
    files.sort();

    let mut compiler = protox::Compiler::new([root])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    generate(compiler.file_descriptor_set())?;

    // The encoded form keeps custom options (`koinos.btype`), which prost's own types drop.
    compiler.include_source_info(false);
    std::fs::write(out.join("koinos_descriptors.pb"), compiler.encode_file_descriptor_set())?;
    Ok(())
}

fn proto_files(dir: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            proto_files(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            into.push(path);
        }
    }
    Ok(())
}

fn generate(mut files: FileDescriptorSet) -> Result<(), Box<dyn Error>> {
    for (package, message, field) in UNCHECKED_STRINGS {
        strings_as_bytes(&mut files, package, message, field)?;
    }
    prost_build::Config::new()
        .bytes(["."])
        .btree_map(["."])
        .enable_type_names()
        .type_name_domain(["."], "type.googleapis.com")
        .include_file("modules.rs")
        .compile_fds(files)?;
    Ok(())
}

fn strings_as_bytes(
    files: &mut FileDescriptorSet,
    package: &str,
    message: &str,
    field: &str,
) -> Result<(), Box<dyn Error>> {
    let field = files
        .file
        .iter_mut()
        .filter(|file| file.package() == package)
        .flat_map(|file| &mut file.message_type)
        .filter(|descriptor| descriptor.name() == message)
        .flat_map(|descriptor| &mut descriptor.field)
        .find(|descriptor| descriptor.name() == field && descriptor.r#type() == Type::String)
        .ok_or_else(|| format!("no string field {package}.{message}.{field}"))?;
    field.set_type(Type::Bytes);
    Ok(())
}

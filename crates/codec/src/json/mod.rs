//! Koinos JSON: the protobuf JSON mapping with the protocol's own forms of bytes.
//!
//! Names are written as in the proto files and read in that form or in camelCase. Defaults are
//! omitted, members of a oneof and `optional` fields are written when set. 64-bit integers are
//! decimal strings, enums their names. Bytes are padded URL-safe base64 unless the field option
//! `koinos.btype` asks for base58 (addresses, contract ids) or for `0x` hexadecimal (block and
//! transaction ids). The well-known types of protobuf have their own forms, as in protobuf JSON.

mod known;
mod read;
mod write;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor,
};
use serde_json::Value;

use crate::Error;
use crate::text;

pub(crate) use read::Reading;

/// How the bytes of a field are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BytesForm {
    /// URL-safe base64 with padding.
    #[default]
    Base64Url,
    /// Base58.
    Base58,
    /// `0x` and lower-case hexadecimal.
    Hex,
}

impl BytesForm {
    /// The form for a number of the enum `koinos.bytes_type`.
    fn of_btype(number: i32) -> Self {
        match number {
            1 | 5 | 6 => Self::Base58,
            2..=4 => Self::Hex,
            _ => Self::Base64Url,
        }
    }

    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Base64Url => text::to_base64url(bytes),
            Self::Base58 => text::to_base58(bytes),
            Self::Hex => text::to_hex(bytes),
        }
    }

    fn read(self, text: &str) -> Result<Vec<u8>, Error> {
        match self {
            Self::Base64Url => text::from_base64url(text),
            Self::Base58 => text::from_base58(text),
            Self::Hex => text::from_hex(text),
        }
    }
}

/// The JSON mapping for the messages of a descriptor pool.
#[derive(Debug, Clone)]
pub struct Mapping {
    pool: DescriptorPool,
    /// By full name, the fields whose form is not the default.
    forms: HashMap<String, BytesForm>,
}

impl Mapping {
    /// The mapping for the messages of the protocol.
    pub fn koinos() -> &'static Self {
        static KOINOS: LazyLock<Mapping> =
            LazyLock::new(|| Mapping::new(koinos_proto::descriptor_pool().clone()));
        &KOINOS
    }

    /// The mapping for the messages of `pool`, which knows `koinos.btype` or no byte forms.
    pub fn new(pool: DescriptorPool) -> Self {
        let mut forms = HashMap::new();
        if let Some(btype) = pool.get_extension_by_name("koinos.btype") {
            for message in pool.all_messages() {
                for field in message.fields().filter(|field| field.kind() == Kind::Bytes) {
                    let form = form_option(&field, &btype);
                    if form != BytesForm::default() {
                        forms.insert(field.full_name().to_owned(), form);
                    }
                }
            }
        }
        Self { pool, forms }
    }

    /// How the bytes of `field` are written.
    pub fn bytes_form(&self, field: &FieldDescriptor) -> BytesForm {
        self.forms.get(field.full_name()).copied().unwrap_or_default()
    }

    /// The descriptor of the message type `name`.
    ///
    /// # Errors
    /// [`Error::UnknownType`].
    pub fn message(&self, name: &str) -> Result<MessageDescriptor, Error> {
        self.pool.get_message_by_name(name).ok_or_else(|| Error::UnknownType(name.to_owned()))
    }

    /// The JSON of the serialized message `bytes` of the type `name`.
    ///
    /// # Errors
    /// An unknown type, bytes that are no such message, an `Any` of an unknown type inside.
    pub fn decode(&self, name: &str, bytes: &[u8]) -> Result<Value, Error> {
        let message = self.parse(self.message(name)?, bytes)?;
        self.to_json(&message)
    }

    /// The canonical bytes of the message of the type `name` that `json` stands for. Unknown fields
    /// are ignored.
    ///
    /// # Errors
    /// An unknown type, or a value that does not fit its field: [`Error::Json`] names the place.
    pub fn encode(&self, name: &str, json: &Value) -> Result<Vec<u8>, Error> {
        let message = self.from_json(self.message(name)?, json)?;
        Ok(message.encode_to_vec())
    }

    /// The JSON of a message.
    ///
    /// # Errors
    /// An `Any` inside whose type is unknown or whose value is no such message.
    pub fn to_json(&self, message: &DynamicMessage) -> Result<Value, Error> {
        write::message(self, message)
    }

    /// The message of the type `descriptor` that `json` stands for. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`Error::Json`] for a value that does not fit its field.
    pub fn from_json(
        &self,
        descriptor: MessageDescriptor,
        json: &Value,
    ) -> Result<DynamicMessage, Error> {
        Reading::koinos(self).root(descriptor, json)
    }

    fn parse(&self, descriptor: MessageDescriptor, bytes: &[u8]) -> Result<DynamicMessage, Error> {
        let name = descriptor.full_name().to_owned();
        DynamicMessage::decode(descriptor, bytes)
            .map_err(|source| Error::Message { message: name, source })
    }
}

/// Makes JSON text safe inside HTML, the way the reference's encoder does: `<`, `>`, `&` and the
/// two Unicode line separators become `\u` escapes. They occur only inside strings, so the meaning
/// stays.
pub fn escape_html(json: &str) -> Cow<'_, str> {
    // Both line separators start with the byte e2.
    if !json.bytes().any(|byte| matches!(byte, b'<' | b'>' | b'&' | 0xe2)) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 32);
    for char in json.chars() {
        match char {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            _ => out.push(char),
        }
    }
    Cow::Owned(out)
}

fn form_option(field: &FieldDescriptor, btype: &ExtensionDescriptor) -> BytesForm {
    let options = field.options();
    if !options.has_extension(btype) {
        return BytesForm::default();
    }
    options
        .get_extension(btype)
        .as_enum_number()
        .map_or_else(BytesForm::default, BytesForm::of_btype)
}

/// The full name in a type URL.
fn type_name(url: &str) -> &str {
    url.rsplit_once('/').map_or(url, |(_, name)| name)
}

//! A client that knows nothing of a server but what reflection tells, as grpcurl.

use std::collections::BTreeMap;

use koinos_codec::json::Mapping;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ServiceDescriptor};
use serde_json::Value;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

/// What reflection says to a request.
pub async fn reflect(channel: &Channel, request: MessageRequest) -> MessageResponse {
    let mut client = ServerReflectionClient::new(channel.clone());
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let stream = futures_util::stream::iter([request]);
    let mut replies = client.server_reflection_info(stream).await.unwrap().into_inner();
    replies.message().await.unwrap().unwrap().message_response.unwrap()
}

/// The names of the services.
pub async fn services(channel: &Channel) -> Vec<String> {
    match reflect(channel, MessageRequest::ListServices(String::new())).await {
        MessageResponse::ListServicesResponse(listed) => {
            listed.service.into_iter().map(|service| service.name).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// The client of a service.
pub struct Stranger {
    channel: Channel,
    pub service: ServiceDescriptor,
    pub mapping: Mapping,
}

impl Stranger {
    /// Gets the file of the service, and those it imports.
    pub async fn meet(channel: &Channel, service: &str) -> Self {
        let mut known = BTreeMap::new();
        let symbol = MessageRequest::FileContainingSymbol(service.to_owned());
        let mut found = files(channel, symbol).await;
        while let Some((file, bytes)) = found.pop() {
            for import in &file.dependency {
                if !known.contains_key(import) {
                    let request = MessageRequest::FileByFilename(import.clone());
                    found.extend(files(channel, request).await);
                }
            }
            known.insert(file.name().to_owned(), bytes);
        }
        let mut set = Vec::new();
        for file in known.values() {
            koinos_codec::wire::put_message_field(&mut set, 1, file);
        }
        let pool = DescriptorPool::decode(set.as_slice()).unwrap();
        let service = pool.get_service_by_name(service).unwrap();
        Self { channel: channel.clone(), service, mapping: Mapping::new(pool) }
    }

    /// Calls a method with parameters in JSON, and has the answer as such.
    pub async fn ask(&self, method: &str, parameters: &Value) -> Result<Value, Status> {
        let method = self.service.methods().find(|known| known.name() == method).unwrap();
        let request = self.mapping.from_json(method.input(), parameters).unwrap();
        let path = format!("/{}/{}", self.service.full_name(), method.name()).parse().unwrap();
        let mut grpc = tonic::client::Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let answer = grpc.unary(Request::new(request), path, Dynamic(method.output())).await?;
        Ok(self.mapping.to_json(answer.get_ref()).unwrap())
    }
}

/// The files that reflection gives for a request, decoded, with their encoded form.
async fn files(
    channel: &Channel,
    request: MessageRequest,
) -> Vec<(prost_types::FileDescriptorProto, Vec<u8>)> {
    match reflect(channel, request).await {
        MessageResponse::FileDescriptorResponse(response) => response
            .file_descriptor_proto
            .into_iter()
            .map(|bytes| (Message::decode(bytes.as_slice()).unwrap(), bytes))
            .collect(),
        other => panic!("{other:?}"),
    }
}

/// Messages whose type is known only now, that of answers.
struct Dynamic(MessageDescriptor);

impl Codec for Dynamic {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(self.0.clone())
    }

    fn decoder(&mut self) -> Self {
        Self(self.0.clone())
    }
}

impl Encoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(
        &mut self,
        message: DynamicMessage,
        buffer: &mut EncodeBuf<'_>,
    ) -> Result<(), Status> {
        message.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.0.clone(), buffer);
        message.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

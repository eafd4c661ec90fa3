//! The messages of `my_service.proto`, and how they make a service. A project of its own would
//! let prost-build write the messages.

use std::collections::HashMap;

use koinos_proto::rpc::{ErrorStatus, ReservedRpc};
use koinos_rpc::Contract;

#[derive(Clone, PartialEq, prost::Message)]
pub struct MyMethodRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub account: Vec<u8>,
    #[prost(uint64, tag = "2")]
    pub visits: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MyMethodResponse {
    #[prost(string, tag = "1")]
    pub greeting: String,
    #[prost(map = "string, uint64", tag = "2")]
    pub visits: HashMap<String, u64>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Call {
    #[prost(message, tag = "1")]
    Reserved(ReservedRpc),
    #[prost(message, tag = "2")]
    MyMethod(MyMethodRequest),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MyServiceRequest {
    #[prost(oneof = "Call", tags = "1, 2")]
    pub request: Option<Call>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Reply {
    #[prost(message, tag = "1")]
    Reserved(ReservedRpc),
    #[prost(message, tag = "2")]
    Error(ErrorStatus),
    #[prost(message, tag = "3")]
    MyMethod(MyMethodResponse),
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MyServiceResponse {
    #[prost(oneof = "Reply", tags = "1, 2, 3")]
    pub response: Option<Reply>,
}

/// The service's contract: its name and its pair of oneofs.
pub struct MyContract;

impl Contract for MyContract {
    const NAME: &'static str = "my_service";
    type Request = MyServiceRequest;
    type Response = MyServiceResponse;
    type Call = Call;
    type Reply = Reply;

    fn request(call: Call) -> MyServiceRequest {
        MyServiceRequest { request: Some(call) }
    }

    fn call(request: MyServiceRequest) -> Option<Call> {
        request.request
    }

    fn response(reply: Reply) -> MyServiceResponse {
        MyServiceResponse { response: Some(reply) }
    }

    fn reply(response: MyServiceResponse) -> Result<Option<Reply>, ErrorStatus> {
        match response.response {
            Some(Reply::Error(error)) => Err(error),
            reply => Ok(reply),
        }
    }

    fn error(status: ErrorStatus) -> Reply {
        Reply::Error(status)
    }

    fn ping() -> Call {
        Call::Reserved(ReservedRpc {})
    }
}

//! Between the bytes of gRPC and those of the bus: a request becomes a member of its service's
//! oneof, and the answer is taken out of one, without being read.

use bytes::Bytes;
use koinos_codec::wire::{FieldValue, Fields, message_field_len, put_message_field};
use koinos_proto::rpc::ErrorStatus;
use prost::Message;

use crate::methods::Method;

/// The field of the error in every response.
const ERROR: u32 = 2;

/// What a service replied.
#[derive(Debug, PartialEq)]
pub(crate) enum Reply {
    /// The answer.
    Answer(Bytes),
    /// The service's error.
    Error(ErrorStatus),
    /// Neither.
    Unexpected,
}

/// The request to the service.
pub(crate) fn request(method: &Method, content: &Bytes) -> Bytes {
    let mut request = Vec::with_capacity(message_field_len(method.request, content.len()));
    put_message_field(&mut request, method.request, content);
    request.into()
}

/// What is in the reply of the service. Of several members of the oneof the last one counts.
pub(crate) fn reply(method: &Method, reply: &Bytes) -> Reply {
    let mut fields = Fields::new(reply);
    let mut member = None;
    for field in fields.by_ref() {
        if method.responses.contains(&field.number) {
            member = Some(field);
        }
    }
    if fields.position() != reply.len() {
        return Reply::Unexpected;
    }
    match member.map(|field| (field.number, field.value)) {
        Some((ERROR, FieldValue::Bytes(content))) => {
            ErrorStatus::decode(content).map_or(Reply::Unexpected, Reply::Error)
        }
        Some((number, FieldValue::Bytes(content))) if number == method.response => {
            Reply::Answer(reply.slice_ref(content))
        }
        _ => Reply::Unexpected,
    }
}

#[cfg(test)]
mod tests {
    use koinos_proto::rpc::chain::{
        ChainRequest, ChainResponse, GetChainIdResponse, GetHeadInfoResponse, chain_request,
        chain_response::Response,
    };
    use koinos_rpc::ErrorStatus as Error;
    use proptest::prelude::*;

    use super::*;
    use crate::lists::Lists;
    use crate::methods::methods;

    fn method(name: &str) -> std::sync::Arc<Method> {
        methods(koinos_proto::descriptor_pool(), &Lists::default()).unwrap().remove(name).unwrap()
    }

    fn bytes(response: Response) -> Bytes {
        ChainResponse { response: Some(response) }.encode_to_vec().into()
    }

    fn id(text: &'static [u8]) -> GetChainIdResponse {
        GetChainIdResponse { chain_id: Bytes::from_static(text) }
    }

    #[test]
    fn requests_are_members_of_the_oneof() {
        let call = koinos_proto::rpc::chain::GetAccountRcRequest {
            account: Bytes::from_static(b"account"),
        };
        let content = call.encode_to_vec().into();
        let request = request(&method("get_account_rc"), &content);
        let read = ChainRequest::decode(request).unwrap().request;
        assert_eq!(read, Some(chain_request::Request::GetAccountRc(call)));
    }

    #[test]
    fn answers_errors_and_others_are_told_apart() {
        let method = method("get_chain_id");
        let open = |bytes: &[u8]| reply(&method, &Bytes::copy_from_slice(bytes));
        let answer = id(b"1");
        let content = answer.encode_to_vec().into();
        assert_eq!(open(&bytes(Response::GetChainId(answer))), Reply::Answer(content));
        let empty = bytes(Response::GetChainId(GetChainIdResponse::default()));
        assert_eq!(open(&empty), Reply::Answer(Bytes::new()));
        let error = Error::new("no").build();
        assert_eq!(open(&bytes(Response::Error(error.clone()))), Reply::Error(error.clone()));
        let other = bytes(Response::GetHeadInfo(GetHeadInfoResponse::default()));
        for wrong in [&b""[..], &other, &[0x22], &[0x20, 1], &[0x22, 5, 1]] {
            assert_eq!(open(wrong), Reply::Unexpected, "{wrong:?}");
        }
        // The last member counts; what is no member does not.
        let both = [bytes(Response::GetChainId(id(b"1"))), bytes(Response::Error(error.clone()))];
        assert_eq!(open(&both.concat()), Reply::Error(error));
        let unknown = [&empty[..], &[0xa2, 0x06, 0x00]].concat();
        assert_eq!(open(&unknown), Reply::Answer(Bytes::new()));
    }

    proptest! {
        #[test]
        fn whatever_bytes_a_reply_has(content in prop::collection::vec(any::<u8>(), 0..64)) {
            let content = Bytes::from(content);
            let ours = reply(&method("get_chain_id"), &content);
            let read = ChainResponse::decode(content).ok().and_then(|read| read.response);
            if let Some(Response::GetChainId(answer)) = read {
                // Repeated members are merged by others, which none of them sends.
                prop_assert!(matches!(ours, Reply::Answer(_)), "{answer:?} {ours:?}");
            }
        }

        #[test]
        fn what_is_wrapped_is_found_again(content in prop::collection::vec(any::<u8>(), 0..400)) {
            let method = method("get_chain_id");
            let content = Bytes::from(content);
            let mut response = Vec::new();
            put_message_field(&mut response, method.response, &content);
            prop_assert_eq!(reply(&method, &response.into()), Reply::Answer(content));
        }
    }
}

//! The statuses a client sees, with the codes and texts of the original service where it gave any
//! that mean something.

use bytes::Bytes;
use koinos_proto::rpc::ErrorStatus;
use koinos_rpc::{RpcError, ServiceError, error_details};
use prost::Message;
use tonic::{Code, Status};

/// Bytes of a status in the trailers, as they are encoded there. Clients take 8 KiB of all of them.
const ROOM: usize = 6 << 10;
/// Of these, bytes of the text.
const ROOM_FOR_TEXT: usize = 2 << 10;

/// `google.rpc.Status`, the form in which clients know details of an error.
#[derive(Clone, PartialEq, prost::Message)]
struct RichStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// The service answered with an error. Its details stand in `grpc-status-details-bin`, as far as
/// there is room for them.
pub(crate) fn refused(error: ErrorStatus) -> Status {
    let message = shortened(&error.message);
    let details = match error.details.is_empty() {
        true => None,
        false => details(&message, &ServiceError(error)),
    };
    Status::with_details(Code::InvalidArgument, message, details.unwrap_or_default())
}

fn details(message: &str, error: &ServiceError) -> Option<Bytes> {
    let rich = |details: Vec<prost_types::Any>| {
        let code = Code::InvalidArgument as i32;
        let status = RichStatus { code, message: message.to_owned(), details };
        // In base64, beside the text itself.
        let length = encoded_length(message) + status.encoded_len().div_ceil(3) * 4;
        (length <= ROOM).then(|| status.encode_to_vec().into())
    };
    rich(error.0.details.clone()).or_else(|| rich(vec![error_details(error.code()?, Vec::new())]))
}

/// The bytes of a text in a trailer at most: what is not plain becomes `%XX`.
fn encoded_length(text: &str) -> usize {
    text.bytes().map(width).sum()
}

fn width(byte: u8) -> usize {
    if (b' '..=b'~').contains(&byte) && byte != b'%' { 1 } else { 3 }
}

/// As much of the text as there is room for.
fn shortened(text: &str) -> String {
    if encoded_length(text) <= ROOM_FOR_TEXT {
        return text.to_owned();
    }
    let mut room = ROOM_FOR_TEXT - "...".len();
    let fits = text.chars().take_while(|character| {
        let length = encoded_length(character.encode_utf8(&mut [0; 4]));
        let fits = length <= room;
        room = room.saturating_sub(length);
        fits
    });
    let mut start: String = fits.collect();
    start.push_str("...");
    start
}

/// The service answered something that is no answer to the call.
pub(crate) fn unexpected() -> Status {
    Status::internal("unexpected response type")
}

/// There was no answer.
pub(crate) fn unanswered(error: &RpcError) -> Status {
    let code = match error {
        // Nobody has taken the request, and nobody will.
        RpcError::Timeout { consumers: Some(0), .. }
        | RpcError::NoSuchService(_)
        | RpcError::NotConnected => Code::Unavailable,
        // What becomes of the request is not known.
        RpcError::ConnectionLost(_) => Code::Unavailable,
        RpcError::Timeout { .. } => Code::DeadlineExceeded,
        RpcError::TooLarge { .. } => Code::ResourceExhausted,
        _ => Code::Internal,
    };
    Status::new(code, error.to_string())
}

/// The request is larger than it may be.
pub(crate) fn too_large(limit: usize) -> Status {
    Status::resource_exhausted(format!("a request may have at most {limit} bytes"))
}

/// There is no such method.
pub(crate) fn unknown(name: &str) -> Status {
    let name: String = name.chars().take(64).collect();
    Status::unimplemented(format!("unknown method {name}"))
}

/// The client asks more often than it may.
pub(crate) fn too_often(limit: u32) -> Status {
    Status::resource_exhausted(format!("a client may make {limit} calls in a second"))
}

/// The time the client gave is over.
pub(crate) fn too_late() -> Status {
    Status::deadline_exceeded("the deadline of the call is over")
}

/// Others took all the time there was.
pub(crate) fn too_many() -> Status {
    Status::resource_exhausted("too many calls are waiting for services")
}

/// The request did not come in.
pub(crate) fn too_slow() -> Status {
    Status::deadline_exceeded("the request came too slowly")
}

/// Clients do not take their answers.
pub(crate) fn not_taken() -> Status {
    Status::resource_exhausted("too many answers are waiting for their clients")
}

#[cfg(test)]
mod tests {
    use koinos_rpc::ErrorStatus as Error;

    use super::*;

    fn read(status: &Status) -> RichStatus {
        RichStatus::decode(status.details()).unwrap()
    }

    #[test]
    fn errors_of_services_keep_their_text_and_details() {
        let plain = refused(Error::new("Block not present - ID: 0x12").build());
        assert_eq!(plain.code(), Code::InvalidArgument);
        assert_eq!(plain.message(), "Block not present - ID: 0x12");
        assert!(plain.details().is_empty());

        let error = Error::new("insufficient rc").with_details(104, vec!["log".to_owned()]);
        let rich = read(&refused(error.clone().build()));
        assert_eq!((rich.code, rich.message.as_str()), (3, "insufficient rc"));
        assert_eq!(rich.details, error.build().details);
    }

    #[test]
    fn what_is_too_long_for_trailers_is_left_out() {
        let long = refused(Error::new("ü%".repeat(100_000)).build());
        assert!(long.message().starts_with("ü%ü%") && long.message().ends_with("..."));
        assert!(encoded_length(long.message()) <= ROOM_FOR_TEXT);

        let logs = vec!["x".repeat(100); 100];
        let error = Error::new("reverted").with_details(1, logs);
        let rich = read(&refused(error.build()));
        assert_eq!(rich.details, [error_details(1, Vec::new())]);

        let mut foreign = Error::new("x").build();
        let value = vec![0; 10_000];
        foreign.details.push(prost_types::Any { type_url: "x/y".to_owned(), value });
        assert!(refused(foreign).details().is_empty());
    }

    #[test]
    fn silence_has_a_code_that_tells_whether_to_try_again() {
        let timeout =
            |consumers| RpcError::Timeout { service: "chain".into(), millis: 5_000, consumers };
        for (error, code) in [
            (timeout(Some(1)), Code::DeadlineExceeded),
            (timeout(None), Code::DeadlineExceeded),
            (timeout(Some(0)), Code::Unavailable),
            (RpcError::NoSuchService("p2p".into()), Code::Unavailable),
            (RpcError::NotConnected, Code::Unavailable),
            (RpcError::ConnectionLost("chain".into()), Code::Unavailable),
            (RpcError::TooLarge { size: 2, limit: 1 }, Code::ResourceExhausted),
            (RpcError::UnexpectedReply("chain".into()), Code::Internal),
        ] {
            assert_eq!(unanswered(&error).code(), code, "{error}");
        }
    }
}

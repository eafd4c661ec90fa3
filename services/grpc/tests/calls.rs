//! Calls over a broker: every method, every status, limits.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{
    LIMIT, Node, ask, bus, call, head_info, height, plain, post, reply, serve_chain, status, url,
    whole,
};
use koinos_codec::wire::{FieldValue, Fields, put_bytes_field, put_message_field};
use koinos_proto::chain::ErrorDetails;
use koinos_proto::rpc::chain::{
    GetChainIdResponse, InvokeSystemCallRequest, InvokeSystemCallResponse, SubmitBlockResponse,
    chain_response::Response as Reply,
};
use koinos_rpc::ErrorStatus;
use prost::Message;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request};

const SERVICES: [&str; 7] = [
    "account_history",
    "block_store",
    "chain",
    "contract_meta_store",
    "mempool",
    "p2p",
    "transaction_store",
];

/// Answers each request of a service by the response of the same kind, with what the request had
/// inside and the service's name in a field that nobody knows.
fn mirror(service: &str, request: &Bytes) -> Bytes {
    let field = Fields::new(request).next().unwrap();
    let FieldValue::Bytes(content) = field.value else { panic!("{field:?}") };
    let mut content = content.to_vec();
    put_bytes_field(&mut content, 2_000, service.as_bytes());
    let mut reply = Vec::new();
    put_message_field(&mut reply, field.number + 1, &content);
    reply.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_reaches_its_service_and_the_answer_its_client() {
    let url = url();
    let services = bus(&url).await;
    for service in SERVICES {
        services.serve(service, 2, move |request| std::future::ready(mirror(service, &request)));
    }
    tokio::time::timeout(LIMIT, services.consuming()).await.unwrap();
    let node = Node::ready(&url, &[]);
    let channel = node.connect().await;
    let pool = koinos_proto::descriptor_pool();
    let service = pool.get_service_by_name("koinos.services.koinos").unwrap();
    let mut seen = 0;
    for method in service.methods() {
        let mut content = Vec::new();
        put_bytes_field(&mut content, 1_000, method.name().as_bytes());
        let request = Request::new(content.clone().into());
        let answer = call(&channel, method.name(), request).await.unwrap().into_inner();
        let package = method.input().package_name().to_owned();
        put_bytes_field(&mut content, 2_000, package.rsplit('.').next().unwrap().as_bytes());
        assert_eq!(answer, content, "{}", method.name());
        seen += 1;
    }
    assert_eq!(seen, 19);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_errors_of_a_service() {
    let url = url();
    let _chain = serve_chain(&url, |request| {
        use koinos_proto::rpc::chain::{ChainRequest, chain_request::Request};
        let error = |status: ErrorStatus| reply(Reply::Error(status.build()));
        std::future::ready(match ChainRequest::decode(request).unwrap().request.unwrap() {
            Request::InvokeSystemCall(call) => {
                let value = call.args;
                reply(Reply::InvokeSystemCall(InvokeSystemCallResponse { value }))
            }
            Request::SubmitBlock(_) => reply(Reply::SubmitBlock(SubmitBlockResponse::default())),
            Request::GetChainId(_) => error(ErrorStatus::new("unknown request")),
            Request::SubmitTransaction(_) => error(
                ErrorStatus::new("insufficient rc – not enough")
                    .with_data(r#"{"code":104,"logs":["log"]}"#)
                    .with_details(104, vec!["log".to_owned()]),
            ),
            Request::GetForkHeads(_) => reply(Reply::GetChainId(GetChainIdResponse::default())),
            Request::GetAccountRc(_) => Bytes::from_static(b"\xff no message"),
            _ => Bytes::new(),
        })
    })
    .await;
    let node = Node::ready(&url, &[]);
    let channel = node.connect().await;
    let invoke =
        InvokeSystemCallRequest { args: Bytes::from_static(b"args"), ..Default::default() };
    let invoked: InvokeSystemCallResponse =
        ask(&channel, "invoke_system_call", &invoke).await.unwrap();
    assert_eq!(invoked.value, "args");
    let submitted: SubmitBlockResponse = ask(&channel, "submit_block", &()).await.unwrap();
    assert_eq!(submitted, SubmitBlockResponse::default());

    let failure = async |method: &str| ask::<()>(&channel, method, &()).await.unwrap_err();
    let told = |status: &tonic::Status| (status.code(), status.message().to_owned());
    let plain = failure("get_chain_id").await;
    assert_eq!(told(&plain), (Code::InvalidArgument, "unknown request".to_owned()));
    assert!(plain.details().is_empty());
    let rich = failure("submit_transaction").await;
    assert_eq!(told(&rich), (Code::InvalidArgument, "insufficient rc – not enough".to_owned()));
    // google.rpc.Status: the third field is the details.
    let details = Fields::new(rich.details()).find(|field| field.number == 3).unwrap();
    let FieldValue::Bytes(any) = details.value else { panic!("{details:?}") };
    let any = prost_types::Any::decode(any).unwrap();
    assert_eq!(any.type_url, "type.googleapis.com/koinos.chain.error_details");
    let details = ErrorDetails::decode(any.value.as_slice()).unwrap();
    assert_eq!(details, ErrorDetails { code: 104, logs: vec!["log".to_owned()] });
    for method in ["get_fork_heads", "get_account_rc", "get_resource_limits"] {
        let status = failure(method).await;
        assert_eq!(told(&status), (Code::Internal, "unexpected response type".to_owned()));
    }
    let unknown = failure("propose_block").await;
    assert_eq!(told(&unknown), (Code::Unimplemented, "unknown method propose_block".to_owned()));
    let absent = failure("get_gossip_status").await;
    assert_eq!(told(&absent), (Code::Unavailable, "no such service: p2p".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_may_be_kept_from_clients() {
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(3, 0))).await;
    let lists = ["--whitelist", "chain,block_store.get_highest_block"];
    let black = ["-b", "chain.submit_block", "-b", "koinos.rpc.chain.get_chain_id", "-b", "chian"];
    let node = Node::ready(&url, &[&lists[..], &black].concat());
    assert!(node.daemon.output().contains("chian in a list stands for no method here"));
    let channel = node.connect().await;
    assert_eq!(height(&channel).await.unwrap(), 3);
    for (method, text) in [
        ("submit_block", "method is blacklisted"),
        ("get_chain_id", "method is blacklisted"),
        ("get_blocks_by_id", "method not whitelisted"),
        ("get_gossip_status", "method not whitelisted"),
    ] {
        let status = ask::<()>(&channel, method, &()).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::PermissionDenied, text), "{method}");
    }
    let status = ask::<()>(&channel, "get_highest_block", &()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "it may be called, but nobody is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_hold_and_nothing_is_carried_out_after_them() {
    let url = url();
    let silent = serve_chain(&url, |_| std::future::pending()).await;
    let node = Node::ready(&url, &["--mq-timeout", "1"]);
    let channel = node.connect().await;
    let status = height(&channel).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().starts_with("chain did not answer within "), "{status:?}");
    silent.close(Duration::ZERO).await;

    // Its queue is there, but nobody takes from it.
    let status = height(&channel).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let patient = Node::ready(&url, &["--mq-timeout", "60"]);
    let (mut sender, _) = plain(patient.address).await;
    let began = Instant::now();
    let request = post("submit_block", &[("grpc-timeout", "300m")], b"");
    let response = sender.send_request(request).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(50), "the client's deadline counts");
    let (headers, _) = whole(response).await;
    let code = status_of(&headers);
    assert!([Code::DeadlineExceeded, Code::Unavailable].contains(&code), "{headers:?}");
    // Another one goes into the queue behind it, and its time is over, too.
    height(&channel).await.unwrap_err();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kinds = seen.clone();
    let _chain = serve_chain(&url, move |request| {
        kinds.lock().unwrap().push(Fields::new(&request).next().unwrap().number);
        std::future::ready(head_info(5, 0))
    })
    .await;
    assert_eq!(height(&patient.connect().await).await.unwrap(), 5);
    let seen = seen.lock().unwrap();
    assert!(seen.contains(&4) && !seen.contains(&2), "a block was submitted later: {seen:?}");
}

fn status_of(headers: &hyper::HeaderMap) -> Code {
    Code::from_i32(status(headers))
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_bounded_and_large_answers_pass() {
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(3, 20 << 20))).await;
    let node = Node::ready(&url, &["--max-request", "100000"]);
    let channel = node.connect().await;
    let large = Request::new(vec![0; 200_000].into());
    let status = call(&channel, "get_head_info", large).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert!(status.message().contains("100000 bytes"), "{status:?}");
    // Compressed it is small enough, but not what is in it.
    let bomb = Request::new(Bytes::from(vec![0; 10 << 20]));
    let mut grpc =
        tonic::client::Grpc::new(channel.clone()).send_compressed(CompressionEncoding::Gzip);
    grpc.ready().await.unwrap();
    let path = "/koinos.services.koinos/get_head_info".parse().unwrap();
    let status = grpc.unary(bomb, path, koinos_grpc::Raw).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert_eq!(height(&channel).await.unwrap(), 3, "20 MiB arrive");
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_understood_and_used_for_what_is_worth_it() {
    let url = url();
    let _chain = serve_chain(&url, |request| {
        let submitted = Fields::new(&request).next().unwrap().number == 2;
        std::future::ready(match submitted {
            true => mirror("chain", &request),
            false => head_info(3, 10_000),
        })
    })
    .await;
    let node = Node::ready(&url, &["--gzip"]);
    let (mut sender, _) = plain(node.address).await;
    let accepting = [("grpc-accept-encoding", "identity,deflate,gzip")];
    let mut body = async |request| {
        let (headers, whole) = whole(sender.send_request(request).await.unwrap()).await;
        assert_eq!(headers["content-type"], "application/grpc");
        assert_eq!(status(whole.trailers().unwrap()), 0);
        let bytes = whole.to_bytes();
        (bytes[0], bytes.slice(5..))
    };
    let (compressed, bytes) = body(post("get_head_info", &accepting, b"")).await;
    assert_eq!(compressed, 1);
    let mut read = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut read).unwrap();
    assert!(bytes.len() < 1_000 && read.len() > 10_000);
    let (compressed, same) = body(post("get_head_info", &[], b"")).await;
    assert_eq!((compressed, &same[..]), (0, &read[..]));
    let (compressed, _) = body(post("submit_block", &accepting, b"")).await;
    assert_eq!(compressed, 0, "a small answer is not worth it");

    let channel = node.connect().await;
    let mut grpc = tonic::client::Grpc::new(channel).send_compressed(CompressionEncoding::Gzip);
    grpc.ready().await.unwrap();
    let mut content = Vec::new();
    put_bytes_field(&mut content, 1_000, &[7; 5_000]);
    let path = "/koinos.services.koinos/submit_block".parse().unwrap();
    let request = Request::new(Bytes::from(content.clone()));
    let answer = grpc.unary(request, path, koinos_grpc::Raw).await.unwrap().into_inner();
    assert!(answer.starts_with(&content));

    let never = Node::ready(&url, &[]);
    let (mut sender, _) = plain(never.address).await;
    let response = sender.send_request(post("get_head_info", &accepting, b"")).await.unwrap();
    assert_eq!(whole(response).await.1.to_bytes()[0], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_grpc_is_told_so() {
    let node = Node::ready(&url(), &[]);
    let (mut sender, _) = plain(node.address).await;
    let mut request = post("get_head_info", &[], b"");
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(sender.send_request(request).await.unwrap().status(), 415);
    let mut request = post("get_head_info", &[], b"");
    *request.method_mut() = hyper::Method::GET;
    assert_eq!(sender.send_request(request).await.unwrap().status(), 405);
    let mut request = post("get_head_info", &[], b"");
    *request.body_mut() = Bytes::from_static(b"\x00\x00").into();
    let (headers, _) = whole(sender.send_request(request).await.unwrap()).await;
    assert_eq!(status_of(&headers), Code::Internal);
    let mut request = post("get_head_info", &[], b"");
    *request.uri_mut() = "http://test/some.other/method".parse().unwrap();
    let (headers, _) = whole(sender.send_request(request).await.unwrap()).await;
    assert_eq!(status_of(&headers), Code::Unimplemented);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_take_its_answers_holds_up_nobody() {
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(3, 8 << 20))).await;
    let node = Node::ready(&url, &["--client-timeout", "1", "--max-connections", "2"]);
    let (mut deaf, ended) = plain(node.address).await;
    // Its side of HTTP/2 lives and answers pings; only nobody reads the body.
    let response = deaf.send_request(post("get_head_info", &[], b"")).await.unwrap();
    assert_eq!(height(&node.connect().await).await.unwrap(), 3, "others are served");
    // Whether that shows as an error depends on what was in the socket.
    let _ = tokio::time::timeout(LIMIT, ended).await.expect("the connection is ended").unwrap();
    let broken =
        tokio::time::timeout(LIMIT, http_body_util::BodyExt::collect(response.into_body()));
    assert!(broken.await.unwrap().is_err(), "the answer was given up");
    assert_eq!(height(&node.connect().await).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_come_is_given_up() {
    let node = Node::ready(&url(), &["--client-timeout", "1"]);
    let stream = tokio::net::TcpStream::connect(node.address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http2::handshake(
        hyper_util::rt::TokioExecutor::new(),
        hyper_util::rt::TokioIo::new(stream),
    )
    .await
    .unwrap();
    tokio::spawn(connection);
    let started = post("get_head_info", &[], b"").map(|_| Never);
    let response = tokio::time::timeout(LIMIT, sender.send_request(started)).await.unwrap();
    let headers = response.unwrap().into_parts().0.headers;
    assert_eq!(status_of(&headers), Code::DeadlineExceeded);
}

/// A body of which nothing comes.
struct Never;

impl hyper::body::Body for Never {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_may_be_limited() {
    let url = url();
    let _chain = serve_chain(&url, |_| std::future::ready(head_info(3, 0))).await;
    let node = Node::ready(&url, &["--rate-limit", "2"]);
    let channel = node.connect().await;
    // More at once than a busy machine lets pass in time.
    let calls = (0..20).map(|_| height(&channel));
    let outcomes = futures_util::future::join_all(calls).await;
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(refused.iter().all(|status| status.code() == Code::ResourceExhausted));
    assert!(!refused.is_empty());
}

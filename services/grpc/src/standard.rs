//! The standard services beside the node's own: health and reflection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::{Extension, Router};
use bytes::Bytes;
use hyper::body::Frame;
use koinos_http::{Active, Front, Peer};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};
use tonic_reflection::server::{Builder, Error};

use crate::methods::SERVICE;

/// The routes of health and reflection, and of what is not there.
///
/// # Errors
/// When the descriptors cannot be used.
pub(crate) fn router(reporter: &HealthReporter, front: &Arc<Front>) -> Result<Router, Error> {
    let described = || {
        Builder::configure()
            .register_encoded_file_descriptor_set(koinos_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let health = HealthService::from_health_reporter(reporter.clone());
    let routes = Routes::new(HealthServer::new(health))
        .add_service(described().build_v1()?)
        .add_service(described().build_v1alpha()?);
    Ok(routes.into_axum_router().layer(middleware::from_fn_with_state(front.clone(), lasting)))
}

/// Tells clients that ask for health whether there is a way to the services: `sessions` is 0 while
/// there is none.
pub(crate) async fn keep_health(
    reporter: HealthReporter,
    mut sessions: watch::Receiver<u64>,
    shutdown: CancellationToken,
) {
    loop {
        let connected = *sessions.borrow_and_update() > 0 && !shutdown.is_cancelled();
        report(&reporter, connected).await;
        match shutdown.run_until_cancelled(sessions.changed()).await {
            Some(Ok(())) => {}
            _ => break,
        }
    }
    report(&reporter, false).await;
}

/// Sets the health of the whole and of the one service that is asked for by name.
pub(crate) async fn report(reporter: &HealthReporter, serving: bool) {
    let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
    for name in ["", SERVICE] {
        reporter.set_service_status(name, status).await;
    }
}

/// Streams of these services last as long as their clients like, but not beyond the service's end.
async fn lasting(
    State(front): State<Arc<Front>>,
    Extension(peer): Extension<Arc<Peer>>,
    request: Request,
    next: Next,
) -> Response {
    let active = peer.active();
    let response = next.run(request).await;
    let ended = Box::pin(front.shutdown().clone().cancelled_owned());
    response.map(|body| Body::new(Lasting { body, ended, over: false, _active: active }))
}

/// A body that ends with the service.
struct Lasting {
    body: Body,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    over: bool,
    _active: Active,
}

impl hyper::body::Body for Lasting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        self.ended.as_mut().poll(context).map(|()| {
            self.over = true;
            let mut trailers = HeaderMap::new();
            let stopping = Status::unavailable("the service is stopping");
            // The text is plain, so it fits into a header.
            let _ = stopping.add_header(&mut trailers);
            Some(Ok(Frame::trailers(trailers)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }
}

//! The gRPC daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_grpc::GrpcService>()
}

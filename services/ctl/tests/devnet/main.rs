//! Devnets with the services as they are built, beside `koinosctl` or in `KOINOS_PROGRAM_DIR`.
#![cfg(test)]

mod faults;
mod index;
mod life;
mod node;
mod nodes;
mod pob;
mod pow;
#[path = "../../../grpc/tests/common/reflection.rs"]
mod reflection;
mod refusals;
mod world;

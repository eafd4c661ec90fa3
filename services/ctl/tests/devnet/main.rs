//! Devnets with the services as they are built, beside `koinosctl` or in `KOINOS_PROGRAM_DIR`.
#![cfg(test)]

mod faults;
mod life;
mod node;
mod pob;
mod pow;
mod refusals;
mod world;

//! What `make run` shows, and what the documentation says of the daemons. The daemons must have been
//! built: test the whole workspace.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod demo;
mod documentation;

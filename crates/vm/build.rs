//! Says whether the compiler optimises, and so turns calls at the end of functions into jumps.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(tail_calls)");
    let level = env::var("OPT_LEVEL").unwrap_or_default();
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    // Instrumented functions do more after their last call.
    let instrumented = flags.contains("sanitizer") || flags.contains("instrument");
    if matches!(level.as_str(), "2" | "3") && !instrumented {
        println!("cargo::rustc-cfg=tail_calls");
    }
}

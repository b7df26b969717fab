//! Tells which file becomes the embedded configuration: the one that `GATEHOUSE_CONFIG` names (from the root of
//! the repository), else config.json there.
//!
//! A stage's configuration is config.json with an overlay merged over it, and only the binary gets into a
//! function's package. So whoever builds for a stage names the merged file here. It is read by the compiler
//! alone; that it is valid is for `gatehouse config check` to say.

use std::env;
use std::path::Path;

const VARIABLE: &str = "GATEHOUSE_CONFIG";

fn main() {
    let named = env::var_os(VARIABLE).filter(|name| !name.is_empty());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join(named.unwrap_or_else(|| "config.json".into()));
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=GATEHOUSE_EMBEDDED_CONFIG={}", file.display());
}

//! Writes the API's description: `cargo run -p auth --example openapi > openapi.json`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let document = auth::openapi().to_pretty_json().map_err(io::Error::other)?;
    writeln!(io::stdout(), "{document}")
}

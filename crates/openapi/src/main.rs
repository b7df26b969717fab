//! Writes the API's description: `cargo run -q -p openapi > openapi.json`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    let document = openapi::document().to_pretty_json().map_err(io::Error::other)?;
    writeln!(io::stdout(), "{document}")
}

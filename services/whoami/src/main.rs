//! Starts the service; all that it does is in the library.

use std::process::ExitCode;

use web::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match web::start("whoami") {
        Ok(config) => web::serve(whoami::router(), &Settings::from(&config.api)).await,
        Err(exit_code) => exit_code,
    }
}

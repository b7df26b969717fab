//! Starts the service. The library does all the rest.

use std::process::ExitCode;
use std::sync::Arc;

use orders::{App, DynamoDb, System};
use platform::config::Config;
use web::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match web::start("orders") {
        Ok(config) => run(&config).await,
        Err(exit_code) => exit_code,
    }
}

async fn run(config: &Config) -> ExitCode {
    let env = |name: &str| std::env::var(name).ok();
    let store = match DynamoDb::from_env(env, config.region.as_str()) {
        Ok(store) => Arc::new(store),
        Err(error) => {
            tracing::error!(%error, "no environment variable names the table");
            return ExitCode::FAILURE;
        }
    };
    let app = App::new(store, Arc::new(System), Arc::new(System), config);
    web::serve(orders::router().with_state(app), &Settings::from(&config.api)).await
}

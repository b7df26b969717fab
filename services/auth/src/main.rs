//! Starts the service. The library does everything else.

use std::process::ExitCode;
use std::sync::Arc;

use auth::{App, Cognito, Settings, Turnstile};
use platform::config::Config;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match web::start("auth") {
        Ok(config) => run(&config).await,
        Err(exit_code) => exit_code,
    }
}

async fn run(config: &Config) -> ExitCode {
    let env = |name: &str| std::env::var(name).ok();
    let provider = match Cognito::from_env(env, config) {
        Ok(cognito) => Arc::new(cognito),
        Err(error) => {
            tracing::error!(%error, "the environment names no usable user pool");
            return ExitCode::FAILURE;
        }
    };
    let human = match Turnstile::from_env(env, config) {
        Ok(turnstile) => turnstile.map(Arc::new),
        Err(error) => {
            tracing::error!(%error, "no proof of humanity can be checked");
            return ExitCode::FAILURE;
        }
    };
    let app = App { provider, settings: Arc::new(Settings::from(config)), human };
    let cors_credentials = config.auth.refresh_cookie;
    let settings = web::Settings { cors_credentials, ..web::Settings::from(&config.api) };
    web::serve(auth::router().with_state(app), &settings).await
}

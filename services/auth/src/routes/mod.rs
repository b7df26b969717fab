//! The routes of this service. `template.yaml` declares the same ones; `openapi.json` describes them.

pub(crate) mod attributes;
pub(crate) mod devices;
pub(crate) mod meta;
pub(crate) mod mfa;
pub(crate) mod passwords;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod tokens;
pub(crate) mod user;

use axum::Router;
use axum::routing::{get, post, put};

use crate::app::App;

/// All routes of the service.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/auth/signup", post(sign_up::sign_up))
        .route("/auth/verify", post(sign_up::verify))
        .route("/auth/resend-code", post(sign_up::resend_code))
        .route("/auth/signin", post(sign_in::sign_in))
        .route("/auth/challenge", post(sign_in::challenge))
        .route("/auth/refresh", post(tokens::refresh))
        .route("/auth/signout", post(tokens::sign_out))
        .route("/auth/forgot-password", post(passwords::forgot))
        .route("/auth/reset-password", post(passwords::reset))
        .route("/user", get(user::read).patch(user::change).delete(user::delete))
        .route("/user/verification-code", post(user::send_code))
        .route("/user/confirm", post(user::confirm))
        .route("/user/password", post(passwords::change))
        .route("/user/signout", post(user::sign_out_everywhere))
        .route("/user/mfa/totp", post(mfa::start_totp))
        .route("/user/mfa/totp/verify", post(mfa::verify_totp))
        .route("/user/mfa", put(mfa::prefer))
        .route("/user/devices", get(devices::list))
        .route("/user/devices/confirm", post(devices::confirm))
        .route("/user/devices/{key}", put(devices::remember).delete(devices::forget))
        .route("/health", get(meta::health))
        .route("/openapi.json", get(meta::openapi))
        .with_state(app)
}

//! The routes of this service. One list makes the router and the description: a route is described where it is declared.
//! `template.yaml` declares the same ones for the gateway.

mod attributes;
mod devices;
mod meta;
mod mfa;
mod passwords;
mod sign_in;
mod sign_up;
mod tokens;
mod user;

use crate::app::App;

web::routes!(pub, App: sign_up::*, sign_in::*, tokens::*, passwords::*, user::*, mfa::*, devices::*, meta::*);

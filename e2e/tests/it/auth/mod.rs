//! The auth service as an app uses it, from sign-up to the end of the account.
//!
//! All tests create users, so they only run with the stack on this machine. The codes that it sends are
//! predictable. `other_flows.rs` tests some flows with an independent emulator, cognito-local.

mod bad_input;
mod client_secret;
mod configured;
mod cookie;
mod description;
mod other_flows;
mod other_pools;
mod passwords;
mod people;
mod profile;
mod second_factor;
mod sign_in;
mod sign_up;
mod tokens;
mod unknown;

use crate::Module;

/// All modules by name.
pub(crate) const MODULES: &[Module] = &[
    // This one is first, because it takes longest.
    ("auth::description", description::CHECKS),
    ("auth::sign_up", sign_up::CHECKS),
    ("auth::sign_in", sign_in::CHECKS),
    ("auth::tokens", tokens::CHECKS),
    ("auth::passwords", passwords::CHECKS),
    ("auth::second_factor", second_factor::CHECKS),
    ("auth::profile", profile::CHECKS),
    ("auth::unknown", unknown::CHECKS),
    ("auth::bad_input", bad_input::CHECKS),
    ("auth::client_secret", client_secret::CHECKS),
    ("auth::cookie", cookie::CHECKS),
    ("auth::configured", configured::CHECKS),
    ("auth::other_flows", other_flows::CHECKS),
    ("auth::other_pools", other_pools::CHECKS),
];

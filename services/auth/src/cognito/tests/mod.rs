//! What goes to Cognito over the wire, and what becomes of its answers.
#![allow(clippy::todo, reason = "the mock! macro holds one that never runs")]

mod addresses;
mod connection;
mod devices;
mod environment;
mod exceptions;
mod requests;
mod steps;
mod wire;

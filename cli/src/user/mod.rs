//! `gatehouse user`: new users of a pool, with a password or by invitation.

pub(crate) mod create;
pub(crate) mod invite;

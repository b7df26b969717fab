//! The program of the fuzz target `token`. `fuzz/src/token.rs` contains the target.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::token::run);

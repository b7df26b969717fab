//! The program of the fuzz target `config`. `fuzz/src/config.rs` contains the target.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::config::run);

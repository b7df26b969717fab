//! The program of the fuzz target `rules`. `fuzz/src/rules.rs` contains the target.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::rules::run);

//! The program of the fuzz target `key_set`. `fuzz/src/key_set.rs` contains the target.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::key_set::run);

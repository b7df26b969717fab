//! The program of the fuzz target `key_set`: all that it does is in `fuzz/src/key_set.rs`.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::key_set::run);

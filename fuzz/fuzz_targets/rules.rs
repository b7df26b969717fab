//! The program of the fuzz target `rules`: all that it does is in `fuzz/src/rules.rs`.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::rules::run);

//! The program of the fuzz target `config`: all that it does is in `fuzz/src/config.rs`.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::config::run);

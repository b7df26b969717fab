//! The program of the fuzz target `header`: all that it does is in `fuzz/src/header.rs`.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::header::run);

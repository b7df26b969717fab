//! The program of the fuzz target `request`: all that it does is in `fuzz/src/request.rs`.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::request::run);

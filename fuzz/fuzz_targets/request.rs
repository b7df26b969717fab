//! The program of the fuzz target `request`. `fuzz/src/request.rs` contains the target.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::request::run);

//! The program of the fuzz target `header`. `fuzz/src/header.rs` contains the target.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::header::run);

//! The program of the fuzz target `event`. `fuzz/src/event.rs` contains the target.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::event::run);

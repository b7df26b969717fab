//! The program of the fuzz target `event`: all that it does is in `fuzz/src/event.rs`.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::event::run);

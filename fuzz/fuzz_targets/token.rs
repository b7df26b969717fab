//! The program of the fuzz target `token`: all that it does is in `fuzz/src/token.rs`.

#![cfg_attr(fuzzing, no_main)]

gatehouse_fuzz::program!(gatehouse_fuzz::token::run);

//! Collects what functions print, line by line, for the tests.
//!
//! It must not judge a line: each test does that.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// The output of functions, line by line.
#[derive(Clone, Default)]
pub struct Printed(Arc<Mutex<Vec<String>>>);

impl Printed {
    /// All lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn follow(&self, output: impl Read + Send + 'static) -> JoinHandle<()> {
        let this = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(std::result::Result::ok) {
                this.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        })
    }
}

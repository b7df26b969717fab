//! One life of a function: its start, its first event, and many more.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::plan::Function;
use crate::{process, runtime_api};

/// The measurements. Times are in microseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Round {
    /// From its start until it asked for an event.
    init: f64,
    /// From the first event until it asked for the next.
    first: f64,
    /// The same for all further events: half of them took at most this long,
    p50: f64,
    /// and 99 of 100 at most this long.
    p99: f64,
    /// The processor time of one further event.
    cpu: f64,
    /// The most memory that it held, in bytes.
    peak_memory: u64,
}

impl Round {
    pub(crate) fn run(
        function: &Function,
        key_server: &str,
        log: &Path,
        invokes: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let events = fs::read_to_string(&function.events)?;
        let mut events = events.lines().cycle();
        let mut next = || events.next().ok_or("there are no events");
        let (mut running, init) = runtime_api::Function::start(function, key_server, log)?;
        let first = running.invoke(next()?)?;
        running.stay_awake()?;
        let cpu_before = process::cpu_time(running.pid())?;
        let mut taken = Vec::with_capacity(invokes);
        for _ in 0..invokes {
            taken.push(running.invoke(next()?)?);
        }
        let cpu = process::cpu_time(running.pid())?.saturating_sub(cpu_before);
        taken.sort_unstable();
        Ok(Self {
            init: microseconds(init),
            first: microseconds(first),
            p50: microseconds(quantile(&taken, 50)),
            p99: microseconds(quantile(&taken, 99)),
            cpu: microseconds(cpu) / f64::from(u32::try_from(invokes)?),
            peak_memory: process::peak_memory(running.pid())?,
        })
    }
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The time that `percent` of the sorted times do not exceed.
fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_times() {
        let times: Vec<_> = (1..=200).map(Duration::from_micros).collect();
        assert_eq!(quantile(&times, 50), Duration::from_micros(101));
        assert_eq!(quantile(&times, 99), Duration::from_micros(199));
        assert_eq!(quantile(&times[..1], 99), Duration::from_micros(1));
        assert_eq!(quantile(&[], 50), Duration::ZERO);
    }
}

//! How often one fault is told: once, then at rest for a while, in which its lines are only counted.
//!
//! A fault of the set-up is met by everybody who calls, so that strangers could else use up what Sentry takes for its
//! money, and nobody would hear of the next one. What is known here is what one instance has sent.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// After a fault was told.
const REST: Duration = Duration::from_mins(1);
/// More faults than this are only kept while they rest: an instance sends no more in a minute than fit into its memory.
const MAX: usize = 1_000;

/// What tells one fault from another: Sentry's fingerprint.
pub(crate) type Group = Vec<String>;

/// The faults that were told.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    known: HashMap<Group, Told>,
}

#[derive(Debug)]
struct Told {
    until: SystemTime,
    /// Lines that nobody was told of since.
    held_back: usize,
}

impl Repeats {
    /// Of how many lines to tell, where there are `times` new ones; those that were held back before are among them. `None`:
    /// the fault is at rest, and they are held back too.
    pub(crate) fn due(&mut self, group: &Group, times: usize, now: SystemTime) -> Option<usize> {
        match self.known.get_mut(group) {
            Some(told) if now < told.until => {
                told.held_back += times;
                None
            }
            Some(told) => Some(times + told.held_back),
            None => Some(times),
        }
    }

    /// Sentry has been told.
    pub(crate) fn note(&mut self, group: Group, now: SystemTime) {
        if self.known.len() >= MAX {
            self.known.retain(|_, told| now < told.until);
        }
        self.known.insert(group, Told { until: now + REST, held_back: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str) -> Group {
        vec!["auth".to_owned(), name.to_owned()]
    }

    fn start() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
    }

    #[test]
    fn a_fault_that_was_told_rests_for_a_minute_and_is_then_told_with_all_that_was_held_back() {
        let (mut repeats, fault) = (Repeats::default(), group("internal"));
        let at = |seconds| start() + Duration::from_secs(seconds);
        assert_eq!(repeats.due(&fault, 3, at(0)), Some(3));
        repeats.note(fault.clone(), at(0));
        assert_eq!(repeats.due(&fault, 5, at(0)), None);
        assert_eq!(repeats.due(&fault, 7, at(59)), None);
        assert_eq!(repeats.due(&group("other"), 1, at(59)), Some(1), "each fault has its own minute");
        assert_eq!(repeats.due(&fault, 1, at(60)), Some(13));
        repeats.note(fault.clone(), at(60));
        assert_eq!(repeats.due(&fault, 1, at(120)), Some(1), "what was told is not told again");
    }

    #[test]
    fn what_did_not_arrive_is_due_the_next_time() {
        let (mut repeats, fault) = (Repeats::default(), group("internal"));
        for _ in 0..3 {
            assert_eq!(repeats.due(&fault, 2, start()), Some(2));
        }
    }

    #[test]
    fn faults_that_do_not_come_again_are_forgotten() {
        let mut repeats = Repeats::default();
        for number in 0..10_000 {
            repeats.note(group(&number.to_string()), start() + number * REST);
            assert!(repeats.known.len() <= MAX, "{number}");
        }
    }
}

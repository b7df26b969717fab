//! How often the same fault is reported: once, and then its lines are only counted for a while.
//!
//! Every caller meets a set-up fault. Without this, callers could use up Sentry's quota, and the next fault
//! would not be reported. Each instance only knows what it has sent itself.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// How long a reported fault is only counted.
const REST: Duration = Duration::from_mins(1);
/// If there are more faults than this, those whose pause is over are forgotten. Within a
/// pause, an instance reports no more faults than fit into its memory.
const MAX: usize = 1_000;

/// What distinguishes faults: Sentry's fingerprint.
pub(crate) type Group = Vec<String>;

/// The faults that were reported.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    known: HashMap<Group, Told>,
}

#[derive(Debug)]
struct Told {
    until: SystemTime,
    /// How many lines were not reported since then.
    held_back: usize,
}

impl Repeats {
    /// How many lines to report, if there are `times` new ones. Lines that were held back before are
    /// included. `None`: the fault is in its pause, so the new lines are held back too.
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

    /// Records that Sentry accepted the report.
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
    fn a_fault_pauses_a_minute_and_then_counts_the_held_back_lines() {
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

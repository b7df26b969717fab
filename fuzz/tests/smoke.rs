//! Runs every fuzz target on its seeds, and on some thousand mutations of them that are the same in each run.
//! It takes a few seconds on stable Rust, and shows a broken promise or a broken harness long before anybody
//! fuzzes.

use std::fs;
use std::path::{Path, PathBuf};

use gatehouse_fuzz::{Outcome, TARGETS, Target};

fn target(name: &str) -> Target {
    TARGETS.iter().find(|(own, _)| *own == name).expect("a target").1
}

/// The seeds of a target, by name. The events in the authorizer's own fixtures are seeds too.
fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("seeds").join(name)];
    if name == "event" {
        folders.push(root.join("../authorizer/tests/fixtures"));
    }
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder of seeds"));
    let mut seeds: Vec<_> = files
        .map(|file| file.expect("a seed").path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).expect("a seed")))
        .filter(|(path, seed)| {
            path.starts_with(&folders[0]) || String::from_utf8_lossy(seed).contains("{token}")
        })
        .collect();
    seeds.sort();
    seeds
}

/// The outcome that a seed's name states. The authorizer's fixtures are all good events.
fn expected(path: &Path) -> Outcome {
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    if name.starts_with("refused") { Outcome::Refused } else { Outcome::Accepted }
}

/// `SplitMix64`: the same numbers in each run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("a length");
        usize::try_from(self.next() % end).expect("a length")
    }

    fn pick<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len())]
    }
}

/// The words of the fuzzer's dictionary.
fn dictionary() -> Vec<Vec<u8>> {
    let lines = include_str!("../words.dict").lines().filter(|line| line.starts_with('"'));
    let words = lines.map(|line| line[1..line.len() - 1].replace("\\\"", "\"").replace("\\\\", "\\"));
    words.map(String::into_bytes).collect()
}

fn mutate(data: &mut Vec<u8>, seeds: &[(PathBuf, Vec<u8>)], words: &[Vec<u8>], numbers: &mut Numbers) {
    let at = numbers.below(data.len() + 1);
    let end = (at + numbers.below(9)).min(data.len());
    match numbers.below(7) {
        0 => data.truncate(at),
        1 => drop(data.splice(at..end, words[numbers.below(words.len())].iter().copied())),
        2 => drop(data.splice(at..at, words[numbers.below(words.len())].iter().copied())),
        3 => drop(data.drain(at..end)),
        4 => {
            let copy = data[at..end].to_vec();
            drop(data.splice(at..at, copy));
        }
        5 => {
            let byte = u8::try_from(numbers.below(256)).expect("a byte");
            data.iter_mut().skip(at).take(1).for_each(|own| *own = byte);
        }
        _ => {
            let other = &numbers.pick(seeds).1;
            let from = numbers.below(other.len());
            data.truncate(at);
            data.extend_from_slice(&other[from..]);
        }
    }
}

/// Runs a target on its seeds, whose outcomes are known, and on `count` mutations of them.
fn check(name: &str, count: usize) {
    let (run, seeds, words) = (target(name), seeds(name), dictionary());
    for outcome in [Outcome::Accepted, Outcome::Refused] {
        assert!(seeds.iter().any(|(path, _)| expected(path) == outcome), "no seed is {outcome:?}");
    }
    for (path, seed) in &seeds {
        assert_eq!(run(seed), expected(path), "{}", path.display());
    }
    let mut numbers = Numbers(1);
    let mut accepted = 0;
    for _ in 0..count {
        let mut data = numbers.pick(&seeds).1.clone();
        for _ in 0..=numbers.below(4) {
            mutate(&mut data, &seeds, &words, &mut numbers);
        }
        accepted += usize::from(run(&data) == Outcome::Accepted);
    }
    assert!(accepted > 0 && accepted < count, "{accepted} of {count} mutations accepted: they prove nothing");
}

#[test]
fn a_token_in_any_header_is_read_or_refused() {
    check("header", 20_000);
}

#[test]
fn any_event_is_answered_rightly() {
    check("event", 5_000);
}

#[test]
fn whatever_token_is_accepted_the_oracle_accepts() {
    check("token", 20_000);
}

#[test]
fn any_key_set_gives_sound_keys_alone() {
    check("key_set", 5_000);
}

#[test]
fn any_configuration_is_read_or_refused_in_words() {
    check("config", 5_000);
}

#[test]
fn any_request_has_an_answer_that_is_no_fault_of_the_service() {
    check("request", 5_000);
}

#[test]
fn a_policy_is_never_wider_than_its_rules() {
    check("rules", 1_000);
}

#[test]
fn no_target_is_left_out() {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")).expect("seeds");
    let mut names: Vec<_> = folders.map(|folder| folder.expect("a folder").file_name()).collect();
    names.sort();
    assert_eq!(names, TARGETS.map(|(name, _)| name.to_owned()).map(std::ffi::OsString::from));
}

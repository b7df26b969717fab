//! What Linux reports about a process: `proc_pid_status(5)`, and `schedstat` as in the kernel's
//! `sched-stats`.

use std::fs;
use std::io;
use std::time::Duration;

/// The most memory that a process has held so far, in bytes.
pub(crate) fn peak_memory(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or_else(unreadable)?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| unreadable())?;
    Ok(kib * 1024)
}

/// The processor time of all threads that a process has now.
pub(crate) fn cpu_time(pid: u32) -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
        let running = statistics.split(' ').next().and_then(|number| number.parse::<u64>().ok());
        nanoseconds += running.ok_or_else(unreadable)?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn unreadable() -> io::Error {
    io::Error::other("this kernel describes processes in another way")
}

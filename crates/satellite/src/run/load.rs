//! What this process uses, as the kernel tells it: proc(5).

use weir_model::Millis;

/// Ticks of the kernel in a second, as programs see them.
const TICKS: u64 = 100;

/// What was measured last.
#[derive(Debug, Default)]
pub(super) struct Load {
    last: Option<(Millis, u64)>,
}

impl Load {
    /// Bytes of memory, and thousandths of a processor since the last time; nothing where the kernel does not tell.
    pub(super) fn measured(&mut self, now: Millis) -> (u64, u64) {
        let ticks = ticks().unwrap_or(0);
        let used = self.last.map_or(0, |(at, before)| {
            let elapsed = u64::try_from(now.since(at)).unwrap_or(0).max(1);
            ticks.saturating_sub(before) * 1_000 / TICKS * 1_000 / elapsed
        });
        self.last = Some((now, ticks));
        (memory().unwrap_or(0), used)
    }
}

/// Bytes of memory that are this process's own, and not pages of its program.
pub(super) fn held() -> u64 {
    of_status("RssAnon:").unwrap_or(0)
}

/// The name of the machine.
pub(super) fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

fn memory() -> Option<u64> {
    of_status("VmRSS:")
}

fn of_status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kb| kb * 1024)
}

fn ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name before may hold blanks and parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

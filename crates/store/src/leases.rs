//! Leases: at most one run of an integration at a time, over all processes.
//!
//! Every lease has a fencing number that grows with each holder. A commit checks it in its own transaction, so
//! a run that was taken for dead cannot write after its successor began.

use crate::{
    Store, StoreError,
    crash::crash_point,
    db::{Tx, sql},
    value::values,
};
use std::path::Path;
use weir_model::{Entropy, IntegrationId, Message, RunProgress};

/// Who asks for a lease.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeaseHolder {
    /// Random text that is this process's own; where they can be seen also in which boot of a kernel and which namespace it has
    /// its number, after a `.` each, and when it started, after an `@`.
    pub token: String,
    /// The process.
    pub pid: u32,
    /// The machine it runs on.
    pub host: String,
}

impl LeaseHolder {
    /// This process.
    pub fn this_process(entropy: &dyn Entropy) -> Self {
        let mut random = [0_u8; 16];
        entropy.fill(&mut random);
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let mut token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(Origin { boot, namespace, start }) = Origin::of_this_process() {
            token.push_str(&format!(".{boot}.{namespace}@{start}"));
        }
        Self { token, pid: std::process::id(), host: host.trim().to_owned() }
    }

    /// Whether the holder of a lease may still live. Only a process that had its number where ours have theirs is known to be
    /// gone: containers share the name of a host as machines do, and a machine that was started anew cannot be told from
    /// another of its name. For these, and for a holder that does not say where it had its number, its time has to be over.
    /// A process that has the number and started at another time is another one.
    pub(crate) fn sees_alive(&self, pid: i64, host: &str, token: &str) -> bool {
        let (Some(ours), Some(theirs)) = (Origin::told(&self.token), Origin::told(token)) else {
            return true;
        };
        let is_seen = host == self.host && (ours.boot, ours.namespace) == (theirs.boot, theirs.namespace);
        !is_seen || start_of_living(pid) == Some(theirs.start)
    }
}

/// What makes the number of a process its own.
#[derive(PartialEq, Eq, Debug)]
struct Origin<'a> {
    /// The boot of the kernel: random(4), `boot_id`.
    boot: std::borrow::Cow<'a, str>,
    /// The namespace of processes in it: pid_namespaces(7).
    namespace: u64,
    /// When the process started.
    start: u64,
}

impl<'a> Origin<'a> {
    /// That of this process; nothing where the numbers in `/proc` are not those of its own namespace.
    fn of_this_process() -> Option<Self> {
        let pid = std::process::id();
        let shown: u32 = std::fs::read_link("/proc/self").ok()?.to_str()?.parse().ok()?;
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
        let namespace = namespace.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?.parse().ok()?;
        let start = start_of_living(pid.into()).filter(|_| shown == pid)?;
        Some(Self { boot: boot.trim().to_owned().into(), namespace, start })
    }

    /// What a token tells. Those of before it was told hold less.
    fn told(token: &'a str) -> Option<Self> {
        let (before, start) = token.split_once('@')?;
        let mut parts = before.split('.').skip(1);
        let (boot, namespace) = (parts.next()?.into(), parts.next()?.parse().ok()?);
        Some(Self { boot, namespace, start: start.parse().ok()? })
    }
}

/// When a process started, in the kernel's ticks since the machine did; nothing when there is no such process or it has
/// ended and only waits to be noticed. proc(5), `/proc/pid/stat`.
fn start_of_living(pid: i64) -> Option<u64> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    // The name before may hold blanks and parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let has_ended = matches!(fields.next()?, "Z" | "X");
    fields.nth(18)?.parse().ok().filter(|_| !has_ended)
}

/// The right to bring an integration up to date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    integration: IntegrationId,
    integration_no: i64,
    token: String,
    fence: i64,
    ttl_ms: i64,
}

impl Lease {
    /// Of which integration.
    pub fn integration(&self) -> &IntegrationId {
        &self.integration
    }

    /// The number that grows with every holder.
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// How long it lasts after it was taken or renewed.
    pub fn ttl_ms(&self) -> i64 {
        self.ttl_ms
    }
}

/// A lease that was taken and not given back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldLease {
    /// The name of the integration.
    pub integration: String,
    /// The process that took it.
    pub pid: i64,
    /// The machine that it ran on.
    pub host: String,
    /// Whether nobody holds it any more: its time is over, or its process is known to be gone.
    pub is_left: bool,
}

impl Store {
    /// Every lease that was not given back.
    pub async fn held_leases(&self, holder: &LeaseHolder) -> Result<Vec<HeldLease>, StoreError> {
        const QUERY: &str = "SELECT n.name, l.pid, l.host, l.token, l.expires_at FROM lease l \
                             JOIN integration n ON n.no = l.integration_no WHERE l.expires_at > 0 ORDER BY n.name";
        let now = self.now();
        let rows = self.db.fetch(QUERY, &[]).await?;
        let held = rows.iter().map(|row| {
            let (pid, host, token) = (row.int(1)?, row.text(2)?, row.text(3)?);
            Ok(HeldLease {
                integration: row.text(0)?.to_owned(),
                pid,
                host: host.to_owned(),
                is_left: row.int(4)? <= now || !holder.sees_alive(pid, host, token),
            })
        });
        held.collect()
    }

    /// Takes the lease for `ttl_ms`; `None` when somebody else holds it. A holder that is seen to be dead is followed at once, any
    /// other when its time is over.
    pub async fn take_lease(
        &self,
        integration: &IntegrationId,
        holder: &LeaseHolder,
        ttl_ms: i64,
    ) -> Result<Option<Lease>, StoreError> {
        let integration_no = self.no(integration).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let lock = tx.dialect().exclusive_lock();
        let query =
            format!("SELECT fence, expires_at, pid, host, token FROM lease WHERE integration_no = $1{lock}");
        let row = tx.fetch(sql(query), values![integration_no]).await?.into_iter().next();
        let seen = match row {
            None => 0,
            Some(row) => {
                if row.int(1)? > now && holder.sees_alive(row.int(2)?, row.text(3)?, row.text(4)?) {
                    return Ok(None);
                }
                row.int(0)?
            }
        };
        // Whoever was faster has moved the fence: then this changes nothing.
        let taken = tx
            .execute(
                sql("INSERT INTO lease (integration_no, token, pid, host, fence, expires_at) \
                     VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (integration_no) DO UPDATE SET \
                     token = excluded.token, pid = excluded.pid, host = excluded.host, fence = lease.fence + 1, \
                     expires_at = excluded.expires_at, progress = NULL WHERE lease.fence = $6"),
                values![integration_no, &*holder.token, i64::from(holder.pid), &*holder.host, now + ttl_ms, seen],
            )
            .await?;
        tx.commit().await?;
        crash_point("lease.taken");
        Ok((taken == 1).then(|| Lease {
            integration: *integration,
            integration_no,
            token: holder.token.clone(),
            fence: seen + 1,
            ttl_ms,
        }))
    }

    /// Lengthens a lease by its time from now; `false` when somebody else has taken it.
    pub async fn renew_lease(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.set_expiry(lease, self.now() + lease.ttl_ms).await
    }

    /// Notes how far the run under a lease has come.
    pub async fn note_progress(&self, lease: &Lease, progress: &RunProgress) -> Result<(), StoreError> {
        let text = serde_json::to_string(progress)
            .map_err(|error| Message::Bug { detail: format!("progress has no JSON: {error}") })?;
        let note = "UPDATE lease SET progress = $1 WHERE integration_no = $2 AND fence = $3 AND token = $4";
        let values = values![text, lease.integration_no, lease.fence, &*lease.token];
        self.db.execute(note, values).await.map(drop)
    }

    /// Gives a lease back; `false` when somebody else has taken it.
    pub async fn release_lease(&self, lease: &Lease) -> Result<bool, StoreError> {
        crash_point("lease.before_release");
        let released = self.set_expiry(lease, 0).await;
        crash_point("lease.released");
        released
    }

    async fn set_expiry(&self, lease: &Lease, expires_at: i64) -> Result<bool, StoreError> {
        let changed = self
            .db
            .execute(
                "UPDATE lease SET expires_at = $1 WHERE integration_no = $2 AND fence = $3 AND token = $4",
                values![expires_at, lease.integration_no, lease.fence, &*lease.token],
            )
            .await?;
        Ok(changed == 1)
    }
}

/// Fails when the lease is no longer the one in force; holds it in force until the transaction ends.
pub(crate) async fn check(tx: &mut Tx, lease: &Lease) -> Result<(), StoreError> {
    let lock = tx.dialect().shared_lock();
    let query = format!("SELECT 1 FROM lease WHERE integration_no = $1 AND fence = $2 AND token = $3{lock}");
    let held = tx.fetch(sql(query), values![lease.integration_no, lease.fence, &*lease.token]).await?;
    if held.is_empty() {
        let name = tx
            .fetch(sql("SELECT name FROM integration WHERE no = $1"), values![lease.integration_no])
            .await?;
        let name = name.first().map_or(Ok("?"), |row| row.text(0))?.to_owned();
        return Err(Message::RunBusy { name }.into());
    }
    Ok(())
}

//! The hand that edits a running site: edits, the clock, the lag of the index, the accounts' zones.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::access;
use super::dc::{AdfsTrouble, MOST_NODES};
use super::fault::Fault;
use super::oauth::OauthSites;
use super::rate::Rate;
use super::server::Sim;
use super::site::{Site, milliseconds, names};
use crate::edit::{self, Applied, Edit, EditError, EditKind, When};
use crate::rng::{Rng, mix};
use crate::time::Zone;

impl Site {
    fn when(&self, now: i64) -> When {
        When { now, lag: self.lag.load(Ordering::Relaxed) }
    }

    pub(super) fn edit_one(&self, edit: &Edit) -> Result<Applied, EditError> {
        let when = self.when(self.clock.now());
        self.edit(|world| {
            world.index.forget(when.now);
            edit::apply(world, edit, when)
        })
    }

    pub(super) fn edit_many(
        &self,
        seed: u64,
        count: usize,
        kinds: &[EditKind],
        spread_ms: i64,
    ) -> Vec<Applied> {
        let start = self.clock.now();
        let mut rng = Rng::new(seed, 2002);
        let mut offsets: Vec<i64> = (0..count).map(|_| rng.range(0, spread_ms)).collect();
        offsets.sort_unstable();
        let applied = self.edit(|world| {
            world.index.forget(start);
            let one = |(number, offset): (usize, &i64)| {
                edit::draw(world, mix(seed) ^ number as u64, kinds, self.when(start + offset))
            };
            offsets.iter().enumerate().filter_map(one).collect()
        });
        self.clock.advance(spread_ms);
        applied
    }

    pub(super) fn set_lag(&self, ms: i64) {
        self.lag.store(ms, Ordering::Relaxed);
    }

    pub(super) fn set_nodes(&self, count: usize, lag_ms: i64) -> Result<(), EditError> {
        if !(1..=MOST_NODES).contains(&count) {
            return Err(EditError::new(format!("There are 1 to {MOST_NODES} nodes.")));
        }
        self.nodes.set(count, lag_ms);
        self.edit(|world| world.index.serve_behind(self.nodes.slowest()));
        Ok(())
    }

    pub(super) fn set_zone(&self, email: &str, zone: &str) -> Result<(), EditError> {
        let found = Zone::find(zone)
            .ok_or_else(|| EditError::new(format!("The time zone '{zone}' is not known.")))?;
        self.edit(|world| {
            let account = world.accounts.iter_mut().find(|account| account.email == email);
            let account = account.ok_or_else(|| EditError::new(format!("There is no account '{email}'.")))?;
            world.people[account.person as usize].zone = zone.to_owned();
            account.zone = found;
            Ok(())
        })
    }
}

impl Sim {
    /// Does one edit, at the simulator's time.
    ///
    /// # Errors
    /// When it cannot be done; nothing is changed then.
    pub fn edit(&self, edit: &Edit) -> Result<Applied, EditError> {
        self.site.edit_one(edit)
    }

    /// Draws edits of these kinds (of all, when none are named) and does them. They are spread over a stretch of time at
    /// whose end the clock then stands.
    pub fn edits(&self, seed: u64, count: usize, kinds: &[EditKind], spread: Duration) -> Vec<Applied> {
        self.site.edit_many(seed, count, kinds, milliseconds(spread))
    }

    /// The simulator's time, in epoch milliseconds.
    pub fn now(&self) -> i64 {
        self.site.clock.now()
    }

    /// Sets the clock to an instant (epoch milliseconds); it stands still from there on.
    pub fn set_clock(&self, now: i64) {
        self.site.clock.set(now);
    }

    /// Puts the clock forward, whether it runs or stands.
    pub fn advance_clock(&self, by: Duration) {
        self.site.clock.advance(milliseconds(by));
    }

    /// How long from now on until searches see an edit.
    pub fn set_lag(&self, lag: Duration) {
        self.site.set_lag(milliseconds(lag));
    }

    /// Whether login and password are accepted on Data Center.
    pub fn allow_basic(&self, allowed: bool) {
        self.site.sign_in.allow_basic(allowed);
    }

    /// The personal access tokens of Data Center are refused from that instant on (epoch milliseconds); None for never.
    pub fn let_tokens_expire(&self, at: Option<i64>) {
        self.site.sign_in.let_tokens_expire(at);
    }

    /// The address of AD FS beside the site; the site's own where there is none.
    pub fn adfs_url(&self) -> &str {
        self.url().strip_suffix(&*self.site.options.context_path).unwrap_or(self.url())
    }

    /// How many tokens AD FS has issued.
    pub fn adfs_issued(&self) -> u64 {
        self.site.adfs.as_ref().map_or(0, |adfs| adfs.issued())
    }

    /// Tokens that AD FS issues from now on are good so long.
    pub fn set_adfs_life(&self, life: Duration) {
        if let Some(adfs) = &self.site.adfs {
            adfs.set_life(life);
        }
    }

    /// What is wrong with AD FS from now on.
    pub fn set_adfs_trouble(&self, trouble: AdfsTrouble) {
        if let Some(adfs) = &self.site.adfs {
            adfs.set_trouble(trouble);
        }
    }

    /// No token that AD FS has issued is taken any more.
    pub fn revoke_adfs_tokens(&self) {
        if let Some(adfs) = &self.site.adfs {
            adfs.revoke();
        }
    }

    /// How many access tokens the authorization server has given for a refresh token.
    pub fn oauth_refreshed(&self) -> u64 {
        self.site.oauth.as_ref().map_or(0, |oauth| oauth.refreshed())
    }

    /// Access tokens of OAuth that are given from now on are good so long.
    pub fn set_oauth_life(&self, life: Duration) {
        if let Some(oauth) = &self.site.oauth {
            oauth.set_life(life);
        }
    }

    /// Which sites tokens of OAuth are for from now on.
    pub fn set_oauth_sites(&self, sites: OauthSites) {
        if let Some(oauth) = &self.site.oauth {
            oauth.set_sites(sites);
        }
    }

    /// Nothing that was agreed to at the authorization server holds any more.
    pub fn revoke_oauth(&self) {
        if let Some(oauth) = &self.site.oauth {
            oauth.revoke();
        }
    }

    /// The quota of points an hour from now on, of which nothing is used; None for none.
    pub fn set_points(&self, limit: Option<u64>) {
        self.site.points.set(limit);
    }

    /// So many nodes of Data Center answer in turn, and the index of each further one is so far behind.
    ///
    /// # Errors
    /// When there cannot be so many.
    pub fn set_nodes(&self, count: usize, lag: Duration) -> Result<(), EditError> {
        self.site.set_nodes(count, milliseconds(lag))
    }

    /// Switches a fault on. A fault that the product does not have, or that names no issue of it, never comes.
    pub fn add_fault(&self, fault: Fault) {
        let names = names(&self.world(), &fault);
        self.site.faults.add(fault, names);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.site.faults.clear();
    }

    /// Limits requests from now on; None for no limit.
    pub fn set_rate(&self, rate: Option<Rate>) {
        self.site.gate.set(rate);
    }

    /// The key of the organisation above a site of Cloud with access.
    pub const ORGANISATION_KEY: &str = access::KEY;

    /// Takes permissions and scopes away from everybody who reads or changes access, such as `ADMINISTER`, `site-admin` or
    /// `manage:jira-configuration`; those taken away before come back.
    pub fn take_away(&self, what: &[&str]) {
        self.site.switches.take_away(what);
    }

    /// What tokens of the gateway may do where access is read or changed: these scopes; None for all the classic ones.
    pub fn set_scopes(&self, scopes: Option<&[&str]>) {
        let owned = scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
        self.site.switches.set_scopes(owned);
    }

    /// Draws so many changes of access from a seed and does them; whether all of them could be done.
    pub fn change_access(&self, seed: u64, count: usize) -> bool {
        access::Changing::Draw { seed, count }.apply(&self.site)
    }

    /// Whatever has one of these parts in `METHOD /path` is 403, for everybody.
    pub fn forbid(&self, what: &[&str]) {
        self.site.switches.forbid(what);
    }

    /// Sets the profile time zone of an account.
    ///
    /// # Errors
    /// When there is no such account or no such zone.
    pub fn set_zone(&self, email: &str, zone: &str) -> Result<(), EditError> {
        self.site.set_zone(email, zone)
    }
}

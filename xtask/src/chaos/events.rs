//! What happens to a run beside faults of requests: projects that go and come, a credential that is refused, another
//! scope, a census that crashes.

use super::attempt::{Ahead, Ended};
use super::crash::Step;
use super::plan::{Event, Kill};
use super::run::{Run, words, words_of_sync};
use crate::postgres::Postgres;
use crate::site::Flavor;
use crate::weir::INTEGRATION;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

/// How often a command is tried that may be killed once.
const TRIES: usize = 6;

impl Run<'_> {
    /// What comes between the second round and the last.
    pub(super) async fn between(&mut self, server: &mut Option<&mut Postgres>) -> Result<()> {
        match self.plan.event {
            Event::ScopeEdit => self.edit_scope(server).await,
            event if event.pair().is_some() => self.away(event).await,
            _ => Ok(()),
        }
    }

    /// Takes the project away, if it did not go yet, has a look at it, and lets it come back, at once or in the last round.
    async fn away(&mut self, event: Event) -> Result<()> {
        let Some((goes, comes)) = event.pair() else { return Ok(()) };
        let project = self.plan.project;
        self.simulator.offer(&json!({ "kind": goes, "subject": project })).await?;
        self.met.count(event.word(), 1);
        if self.plan.stays_away {
            self.let_index_follow().await?;
            self.weir.sync().await.context("a sync while a project is away")?;
            self.weir.census().await.context("a census while a project is away")?;
            // A loss that nothing but absence speaks for is believed when a person says so.
            self.weir.answer_or_no(&["verify", INTEGRATION, "--accept-loss"]).await?;
            let live = self.live_of(project).await?;
            match event {
                // Its issues stay as they are.
                Event::ProjectArchive if self.plan.site.flavor == Flavor::Cloud => {
                    ensure!(live > 0, "{project} is archived, and none of its issues is live any more");
                }
                Event::ProjectArchive => {}
                _ => ensure!(live == 0, "{goes} of {project}, and {live} of its issues are live"),
            }
        }
        let mut back = json!({ "kind": comes, "subject": project });
        if !self.plan.stays_away {
            back["after_requests"] = json!(5);
        }
        self.simulator.order("edit", &back).await
    }

    /// How many live issues of a project the store has.
    async fn live_of(&self, project: &str) -> Result<u64> {
        let mut live = 0;
        self.weir
            .export("issues", |line| {
                let row: Value = serde_json::from_slice(line)?;
                live += u64::from(row["project_key"] == project && row["state"] == "live");
                Ok(())
            })
            .await?;
        Ok(live)
    }

    /// Narrows the scope to two projects, syncs, and widens it again.
    async fn edit_scope(&mut self, server: &mut Option<&mut Postgres>) -> Result<()> {
        let edit = ["integration", "edit", INTEGRATION];
        let narrow = words(&[&edit[..], &["--project", "APOLLO", "--project", "BEACON"]].concat());
        let wide = words(&[&edit[..], &["--everything"]].concat());
        let kill = self.kill_of(Step::Edit);
        let is_first = (self.seed / 4).is_multiple_of(2);
        self.through(&narrow, kill.filter(|_| is_first), server).await.context("narrowing the scope")?;
        self.settle(&words_of_sync(false), &mut Ahead::default(), server).await?;
        self.through(&wide, kill.filter(|_| !is_first), server).await.context("widening the scope")?;
        self.met.count(Event::ScopeEdit.word(), 1);
        self.settle(&words_of_sync(false), &mut Ahead::default(), server).await
    }

    /// A command that succeeds, at the latest after it was killed.
    async fn through(
        &mut self,
        words: &[String],
        kill: Option<Kill>,
        server: &mut Option<&mut Postgres>,
    ) -> Result<()> {
        let mut ahead = Ahead::kill(kill);
        for _ in 0..TRIES {
            if self.attempt(words, &mut ahead, server).await? == Ended::Done(0) {
                ensure!(ahead.kill.is_none(), "it came through its crash point");
                return Ok(());
            }
        }
        bail!("not through after {TRIES} tries: {}", self.told.join(" | "))
    }

    /// The credential is refused from the middle of a sync on, which says so and stops. Once it was given again, syncs go on.
    pub(super) async fn lose_credential(&mut self, server: &mut Option<&mut Postgres>) -> Result<()> {
        let kind = if self.plan.site.flavor == Flavor::Dc { "unauthorized" } else { "anonymous" };
        let lost = json!({ "kind": kind, "after": self.seed / 8 % 8, "count": null });
        self.simulator.order("fault", &lost).await?;
        let ended = self.attempt(&words_of_sync(false), &mut Ahead::default(), server).await?;
        ensure!(ended == Ended::Refused(4), "a refused credential, and the sync ended with {ended:?}");
        self.met.count(Event::CredentialLost.word(), 1);
        self.simulator.calm().await?;
        let words = self.weir.words_of_reauth(&self.credential)?;
        self.through(&words, None, server).await.context("giving the credential again")
    }

    /// A census after some issues were deleted, which may crash.
    pub(super) async fn census(&mut self, server: &mut Option<&mut Postgres>) -> Result<()> {
        let deletions = json!({ "seed": self.seed, "count": 3, "kinds": ["delete"] });
        self.simulator.order("edits", &deletions).await?;
        self.let_index_follow().await?;
        let verify = words(&["verify", INTEGRATION, "--format", "json"]);
        let mut ahead = Ahead::kill(self.kill_of(Step::Verify));
        self.settle(&verify, &mut ahead, server).await?;
        ensure!(ahead.kill.is_none(), "it came through its crash point");
        Ok(())
    }
}

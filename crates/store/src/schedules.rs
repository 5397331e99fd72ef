//! Schedules: when integrations are due, what was missed, pauses, and what was asked for besides.
//!
//! What a scheduler writes of an integration it writes under its lease. Everybody else may ask, pause, and have things due at
//! once at any time; so a plan is only moved on from where the writer has seen it.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    deletions,
    integrations::{known, parse_id, read as read_integration, unknown},
    runs::requester,
    value::{Row, values},
};
use std::collections::HashMap;
use weir_model::{
    Asked, IntegrationId, Millis, MissedRuns, Pause, Planned, Requester, RunId, RunRequest, Schedule,
};

macro_rules! planned {
    ($rest:literal) => {
        concat!(
            "SELECT n.id, n.name, n.kind, n.settings, n.created_at, n.paused, s.basis, s.due_at, s.served_at, s.failures, ",
            "s.failure_code, s.failed_at, p.paused_at, p.paused_by, p.until_at, (SELECT max(r.id) FROM run r ",
            "JOIN lease l ON l.integration_no = r.integration_no WHERE r.integration_no = n.no ",
            "AND r.ended_at IS NULL AND l.expires_at > $1), d.asked_at, d.asked_by, d.due_at FROM integration n ",
            "LEFT JOIN schedule s ON s.integration_no = n.no LEFT JOIN pause p ON p.integration_no = n.no ",
            "LEFT JOIN deletion d ON d.integration_no = n.no ",
            $rest
        )
    };
}

macro_rules! requests {
    ($rest:literal) => {
        concat!(
            "SELECT n.id, r.asked, r.thorough, r.asked_at, r.asked_by_id, r.asked_by FROM run_request r ",
            "JOIN integration n ON n.no = r.integration_no ",
            $rest
        )
    };
}

impl Store {
    /// Every integration with all that decides when it is run, by name.
    pub async fn planned(&self) -> Result<Vec<Planned>, StoreError> {
        let mut asked: HashMap<String, Vec<RunRequest>> = HashMap::new();
        for row in self.db.fetch(requests!("ORDER BY r.asked"), &[]).await? {
            asked.entry(row.text(0)?.to_owned()).or_default().push(read_request(&row)?);
        }
        let rows = self.db.fetch(planned!("ORDER BY n.name"), values![self.now()]).await?;
        rows.iter().map(|row| read_planned(row, asked.remove(row.text(0)?).unwrap_or_default())).collect()
    }

    /// One integration with all that decides when it is run.
    pub async fn planned_of(&self, integration: &IntegrationId) -> Result<Option<Planned>, StoreError> {
        let id = integration.to_string();
        let requests = self.db.fetch(requests!("WHERE n.id = $1 ORDER BY r.asked"), values![&*id]).await?;
        let requests = requests.iter().map(read_request).collect::<Result<_, _>>()?;
        let row = self.db.first(planned!("WHERE n.id = $2"), values![self.now(), &*id]).await?;
        row.map(|row| read_planned(&row, requests)).transpose()
    }

    /// Plans the next run, where the plan still is the one that was seen; `None` is that there was none.
    pub async fn plan(
        &self,
        integration: &IntegrationId,
        seen: Option<Millis>,
        basis: &str,
        due_at: Millis,
    ) -> Result<bool, StoreError> {
        let query = "INSERT INTO schedule (integration_no, basis, due_at, failures) VALUES ($1, $2, $3, 0) \
            ON CONFLICT (integration_no) DO UPDATE SET basis = excluded.basis, due_at = excluded.due_at \
            WHERE schedule.due_at = $4";
        let no = self.no(integration).await?;
        Ok(self.db.execute(query, values![no, basis, due_at.0, seen.map(|seen| seen.0)]).await? == 1)
    }

    /// Notes which due time a run is begun for, and those before it that nobody has seen to. `false` when the plan is not the
    /// one that was seen any more.
    pub async fn begin_due(
        &self,
        integration: &IntegrationId,
        seen: Millis,
        serves: Millis,
        missed: Option<&MissedRuns>,
    ) -> Result<bool, StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        let moved = tx
            .execute(
                sql("UPDATE schedule SET due_at = $1 WHERE integration_no = $2 AND due_at = $3"),
                values![serves.0, no, seen.0],
            )
            .await?;
        if moved == 0 {
            return Ok(false);
        }
        if let Some(missed) = missed {
            tx.execute(
                sql("INSERT INTO missed_runs (integration_no, first_due_at, last_due_at, runs, noticed_at) \
                     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (integration_no, first_due_at) DO UPDATE SET \
                     last_due_at = excluded.last_due_at, runs = excluded.runs, noticed_at = excluded.noticed_at"),
                values![no, missed.first_due_at.0, missed.last_due_at.0, missed.runs, missed.noticed_at.0],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Plans what comes after a run for a due time, with the failures in a row that there are now. `false` when somebody has
    /// made it due at another time meanwhile; that stays.
    pub async fn end_due(
        &self,
        integration: &IntegrationId,
        served: Millis,
        next: &Schedule,
    ) -> Result<bool, StoreError> {
        let query = "UPDATE schedule SET basis = $1, due_at = $2, served_at = $3, failures = $4, failure_code = $5, \
            failed_at = $6 WHERE integration_no = $7 AND due_at = $8";
        let values = values![
            &*next.basis,
            next.due_at.0,
            next.served_at.map(|at| at.0),
            i64::from(next.failures),
            next.failure_code.as_deref(),
            next.failed_at.map(|at| at.0),
            self.no(integration).await?,
            served.0,
        ];
        Ok(self.db.execute(query, values).await? == 1)
    }

    /// Notes that an integration was brought up to date otherwise than by its schedule: the next run is due at `due_at`.
    /// Nothing is planned where nothing was.
    pub async fn caught_up(&self, integration: &IntegrationId, due_at: Millis) -> Result<(), StoreError> {
        let query = "UPDATE schedule SET due_at = $1, failures = 0, failure_code = NULL, failed_at = NULL \
            WHERE integration_no = $2";
        let no = self.no(integration).await?;
        self.db.execute(query, values![due_at.0, no]).await.map(drop)
    }

    /// Has an integration run as soon as somebody can, where it is planned at all.
    pub async fn due_at_once(&self, integration: &IntegrationId) -> Result<(), StoreError> {
        let query = "UPDATE schedule SET due_at = $1 WHERE integration_no = $2";
        let no = self.no(integration).await?;
        self.db.execute(query, values![self.now(), no]).await.map(drop)
    }

    /// Due times that nobody saw to, newest first.
    pub async fn missed_runs(
        &self,
        integration: &IntegrationId,
        limit: u32,
    ) -> Result<Vec<MissedRuns>, StoreError> {
        let query = "SELECT first_due_at, last_due_at, runs, noticed_at FROM missed_runs WHERE integration_no = $1 \
            ORDER BY first_due_at DESC LIMIT $2";
        let no = self.no(integration).await?;
        self.db.fetch(query, values![no, i64::from(limit)]).await?.iter().map(read_missed).collect()
    }

    /// How many due times nobody saw to, by integration.
    pub async fn missed_totals(&self) -> Result<HashMap<IntegrationId, u64>, StoreError> {
        const QUERY: &str = "SELECT n.id, CAST(sum(m.runs) AS BIGINT) FROM missed_runs m \
            JOIN integration n ON n.no = m.integration_no GROUP BY n.id";
        let rows = self.db.fetch(QUERY, &[]).await?;
        rows.iter().map(|row| Ok((parse_id(row.text(0)?)?, row.count(1)?))).collect()
    }

    /// Lets the schedule pass an integration by, until an instant or until it is resumed.
    pub async fn pause(
        &self,
        integration: &IntegrationId,
        paused_by: &str,
        until: Option<Millis>,
    ) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        tx.execute(sql("UPDATE integration SET paused = $1 WHERE no = $2"), values![true, no]).await?;
        tx.execute(
            sql(
                "INSERT INTO pause (integration_no, paused_at, paused_by, until_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (integration_no) DO UPDATE SET paused_at = excluded.paused_at, \
                 paused_by = excluded.paused_by, until_at = excluded.until_at",
            ),
            values![no, self.now(), paused_by, until.map(|until| until.0)],
        )
        .await?;
        let until = until.map(|until| until.0);
        if set_paused_time(&mut tx, no, self.now(), until).await? == 0 {
            let text = "INSERT INTO paused_time (integration_no, since, until) VALUES ($1, $2, $3)";
            tx.execute(sql(text), values![no, self.now(), until]).await?;
        }
        tx.commit().await
    }

    /// Ends a pause. What was due meanwhile was not missed: it is due now.
    pub async fn resume(&self, integration: &IntegrationId) -> Result<(), StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin().await?;
        let changed =
            tx.execute(sql("UPDATE integration SET paused = $1 WHERE no = $2"), values![false, no]).await?;
        known(changed, integration)?;
        let ended = tx.execute(sql("DELETE FROM pause WHERE integration_no = $1"), values![no]).await?;
        set_paused_time(&mut tx, no, self.now(), Some(self.now())).await?;
        if ended > 0 {
            tx.execute(
                sql("UPDATE schedule SET due_at = $1 WHERE integration_no = $2 AND due_at < $1"),
                values![self.now(), no],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Whether the schedule passes it by: it is paused, or waits to be deleted.
    pub async fn paused(&self, integration: &IntegrationId) -> Result<bool, StoreError> {
        let planned = self.planned_of(integration).await?;
        let planned = planned.ok_or_else(|| unknown(integration))?;
        Ok(planned.is_passed_by(self.instant()))
    }

    /// Asks for a run. Asking again before it was done adds nothing but what is more thorough.
    pub async fn request_run(
        &self,
        integration: &IntegrationId,
        asked: Asked,
        thorough: bool,
        asked_by: &Requester,
    ) -> Result<(), StoreError> {
        let query = "INSERT INTO run_request (integration_no, asked, thorough, asked_at, asked_by_id, asked_by) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (integration_no, asked) DO UPDATE SET \
            thorough = (run_request.thorough OR excluded.thorough)";
        let no = self.no(integration).await?;
        let (id, name) = (asked_by.id.as_deref(), asked_by.name.as_str());
        let values = values![no, asked.as_str(), thorough, self.now(), id, name];
        self.db.execute(query, values).await.map(drop)
    }

    /// Takes away what was asked for, once it was done; what was asked for more thoroughly meanwhile stays.
    pub async fn request_done(
        &self,
        integration: &IntegrationId,
        request: &RunRequest,
    ) -> Result<(), StoreError> {
        let query = "DELETE FROM run_request WHERE integration_no = $1 AND asked = $2 AND asked_at = $3 AND thorough = $4";
        let no = self.no(integration).await?;
        let values = values![no, request.asked.as_str(), request.asked_at.0, request.thorough];
        self.db.execute(query, values).await.map(drop)
    }

    /// Asks for the end of a run; `false` when it is not under way.
    pub async fn request_cancel(&self, run: &RunId, asked_by: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let open = "SELECT r.integration_no FROM run r JOIN lease l ON l.integration_no = r.integration_no \
            WHERE r.id = $1 AND r.ended_at IS NULL AND l.expires_at > $2";
        let Some(row) = tx.fetch(sql(open), values![run.to_string(), self.now()]).await?.into_iter().next()
        else {
            return Ok(false);
        };
        tx.execute(
            sql(
                "INSERT INTO run_cancel (run_id, integration_no, asked_at, asked_by) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (run_id) DO NOTHING",
            ),
            values![run.to_string(), row.int(0)?, self.now(), asked_by],
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Who wants the run of an integration that is under way to end, if anybody does.
    pub async fn cancel_requested(&self, integration: &IntegrationId) -> Result<Option<String>, StoreError> {
        let query = "SELECT c.asked_by FROM run_cancel c JOIN run r ON r.id = c.run_id \
            JOIN integration n ON n.no = r.integration_no WHERE n.id = $1 AND r.ended_at IS NULL";
        let row = self.db.first(query, values![integration.to_string()]).await?;
        row.map(|row| row.text(0).map(str::to_owned)).transpose()
    }
}

fn read_planned(row: &Row, requests: Vec<RunRequest>) -> Result<Planned, StoreError> {
    let instant = |column| Ok::<_, StoreError>(row.maybe_int(column)?.map(Millis));
    let schedule = match row.maybe_text(6)? {
        None => None,
        Some(basis) => Some(Schedule {
            basis: basis.to_owned(),
            due_at: Millis(row.int(7)?),
            served_at: instant(8)?,
            failures: u32::try_from(row.int(9)?).unwrap_or(u32::MAX),
            failure_code: row.maybe_text(10)?.map(str::to_owned),
            failed_at: instant(11)?,
        }),
    };
    let pause = Pause {
        since: instant(12)?,
        paused_by: row.maybe_text(13)?.unwrap_or_default().to_owned(),
        until: instant(14)?,
    };
    let pause = row.flag(5)?.then_some(pause);
    let under_way = row.maybe_text(15)?.map(parse_id).transpose()?;
    let deletion = instant(16)?.map(|_| deletions::read(row, 16)).transpose()?;
    Ok(Planned { integration: read_integration(row)?, schedule, pause, deletion, requests, under_way })
}

fn read_request(row: &Row) -> Result<RunRequest, StoreError> {
    let word = row.text(1)?;
    let asked = Asked::ALL.into_iter().find(|asked| asked.as_str() == word);
    Ok(RunRequest {
        asked: asked.ok_or_else(|| StoreError::bug("What was asked for is not known"))?,
        thorough: row.flag(2)?,
        asked_at: Millis(row.int(3)?),
        asked_by: requester(row, 4)?.ok_or_else(|| StoreError::bug("Nobody has asked for it"))?,
    })
}

fn read_missed(row: &Row) -> Result<MissedRuns, StoreError> {
    Ok(MissedRuns {
        first_due_at: Millis(row.int(0)?),
        last_due_at: Millis(row.int(1)?),
        runs: row.count(2)?,
        noticed_at: Millis(row.int(3)?),
    })
}

/// Gives the time in which an integration is paused at `now` another end; says whether there is such a time.
async fn set_paused_time(tx: &mut Tx, no: i64, now: i64, until: Option<i64>) -> Result<u64, StoreError> {
    let text =
        "UPDATE paused_time SET until = $3 WHERE integration_no = $1 AND (until IS NULL OR until > $2)";
    tx.execute(sql(text), values![no, now, until]).await
}

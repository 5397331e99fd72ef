//! The issues behind a number of a kept report as a file for a spreadsheet: those of all its integrations, one after the other.

use super::out::{AT_A_TIME, HEAD, cells};
use crate::{
    api::hygiene::{report_issues::ReportIssuesQuery, reports::found},
    app::App,
    http::{
        Problem,
        extract::{Params, Segments},
    },
    pages::spreadsheet,
};
use axum::{extract::State, response::Response};
use std::sync::Arc;
use weir_ingest::hygiene::{SavedReport, report_issues};
use weir_model::{IntegrationId, Message, Millis};
use weir_store::StoreError;

/// What a file is made of.
struct Asked {
    app: App,
    saved: SavedReport,
    rule: Option<String>,
    now: Millis,
}

/// An issue of an integration.
type Place = (IntegrationId, i64);

/// `GET /hygiene/reports/{id}/issues.csv`: all of them, whatever page is shown.
pub(in crate::pages) async fn csv(
    State(app): State<App>,
    Segments(id): Segments<String>,
    Params(query): Params<ReportIssuesQuery>,
) -> Result<Response, Problem> {
    let saved = found(&app, &id).await?;
    let rule = query.rule().map(str::to_owned);
    let now = app.now();
    let asked = Arc::new(Asked { app, saved, rule, now });
    let next = move |after: Option<Place>| {
        let asked = Arc::clone(&asked);
        async move { lines(&asked, after).await }
    };
    Ok(spreadsheet::file(("issues.csv", &format!("integration,{HEAD}")), next).await?)
}

/// Lines of the issues after one of them, and the one to go on after, where there may be more.
async fn lines(asked: &Asked, after: Option<Place>) -> Result<(String, Option<Place>), StoreError> {
    let Asked { app, saved, rule, now } = asked;
    let wanted = (after, AT_A_TIME);
    let issues = report_issues(&app.store, &app.counted, saved, rule.as_deref(), wanted, *now).await?;
    // An integration that left the report while its file was written: it would end as if all were in it.
    if after.is_some_and(|(of, _)| !issues.parts.iter().any(|part| part.integration.id == of)) {
        return Err(Message::ChangedMeanwhile {}.into());
    }
    let rule = issues.rule.as_ref().map(|rule| &rule.id);
    let (mut rows, mut last, mut many) = (vec![], None, 0);
    for part in &issues.parts {
        let numbers: Vec<i64> = part.found.iter().map(|issue| issue.no).collect();
        let Some(no) = numbers.last() else { continue };
        last = Some((part.integration.id, *no));
        many += numbers.len();
        let heads = app.store.issue_heads(&part.integration.id, &numbers).await?;
        let known = part.found.iter().filter_map(|issue| Some((issue, heads.get(&issue.no)?)));
        rows.extend(known.map(|(issue, head)| {
            let further = cells((&part.question, rule), issue, head);
            [vec![part.integration.name.clone()], further].concat()
        }));
    }
    Ok((spreadsheet::lines(rows)?, last.filter(|_| many == AT_A_TIME)))
}

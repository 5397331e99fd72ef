//! What was changed, when and by whom: the audit log of Cloud, by offset, and that of Data Center, by cursor.

use serde_json::{Value, json};

use super::Look;
use crate::http::reply::{Answer, Reply, refuse};
use crate::time::{Zone, stamp, zulu};
use crate::world::access::{Item, Record};

/// The largest page.
const MOST: i64 = 1000;

impl Look<'_> {
    /// An instant in a query: a time with or without an offset, or a day.
    fn instant(&self, name: &str) -> Result<Option<i64>, Box<Reply>> {
        let Some(text) = self.request.param(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let spaced = text.replace(' ', "+");
        let whole = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
        let colonless = || {
            let (time, offset) = spaced.split_at_checked(spaced.len().checked_sub(4)?)?;
            whole(&format!("{time}{}:{}", &offset[..2], &offset[2..]))
        };
        let found = whole(&spaced)
            .or_else(|| whole(&format!("{text}Z")))
            .or_else(|| whole(&format!("{text}T00:00:00Z")))
            .or_else(colonless);
        match found {
            Some(at) => Ok(Some(at)),
            None => refuse(format!("'{text}' is not a date and time.")),
        }
    }

    /// Those of a stretch of time, newest first.
    fn records(&self) -> Result<Vec<&Record>, Box<Reply>> {
        let (from, to) = (self.instant("from")?, self.instant("to")?);
        let within = |record: &&Record| {
            from.is_none_or(|from| record.at >= from) && to.is_none_or(|to| record.at <= to)
        };
        Ok(self.access.records.iter().rev().filter(within).collect())
    }

    pub(super) fn audit_records(&self) -> Answer {
        self.admin("You do not have permission to view the audit log.")?;
        let offset = self.request.number("offset")?.unwrap_or(0).max(0) as usize;
        let limit = self.request.number("limit")?.unwrap_or(MOST).clamp(0, MOST) as usize;
        let words = self.request.param("filter").unwrap_or_default().to_lowercase();
        let said = |record: &Record| {
            let mut text =
                format!("{} {} {} {}", record.summary, record.category, record.object.1, record.object.2);
            record.associated.iter().for_each(|(_, id, name)| text += &format!(" {id} {name}"));
            record.changes.iter().for_each(|(_, from, to)| text += &format!(" {from} {to}"));
            text.to_lowercase()
        };
        let all = self.records()?.into_iter();
        let found: Vec<&Record> = all
            .filter(|record| {
                let text = said(record);
                words.split_whitespace().all(|word| text.contains(word))
            })
            .collect();
        let shown = found.iter().skip(offset).take(limit).map(|record| self.audit_record(record));
        Ok(Reply::json(&json!({
            "offset": offset,
            "limit": limit,
            "total": found.len(),
            "records": shown.collect::<Vec<_>>(),
        })))
    }

    fn audit_record(&self, record: &Record) -> Value {
        let item = |(kind, id, name): &Item| json!({ "id": id, "name": name, "typeName": kind });
        let change = |(field, from, to): &(&str, String, String)| json!({ "fieldName": field, "changedFrom": from, "changedTo": to });
        let mut value = json!({
            "id": record.id,
            "summary": record.summary,
            "created": stamp(record.at, &Zone::load("Etc/UTC")),
            "category": record.category,
            "eventSource": "",
            "remoteAddress": "192.0.2.1",
            "objectItem": item(&record.object),
            "changedValues": record.changes.iter().map(change).collect::<Vec<_>>(),
            "associatedItems": record.associated.iter().map(item).collect::<Vec<_>>(),
        });
        if let Some(author) = record.author {
            let id = &self.access.users[author as usize].id;
            value["authorKey"] = json!(id);
            value["authorAccountId"] = json!(id);
        }
        value
    }

    /// `/rest/auditing/1.0/events` of Data Center.
    pub(super) fn audit_events(&self) -> Answer {
        self.admin("You do not have permission to view the audit log.")?;
        let limit = self.request.number("limit")?.unwrap_or(200).clamp(1, MOST) as usize;
        let found = self.records()?;
        let before = match self.request.param("pageCursor") {
            None | Some("") => None,
            Some(cursor) => match cursor.rsplit(',').next().and_then(|id| id.parse::<u32>().ok()) {
                Some(id) => Some(id),
                None => return refuse("The page cursor is not valid."),
            },
        };
        let rest: Vec<&Record> =
            found.into_iter().filter(|record| before.is_none_or(|id| record.id < id)).collect();
        let shown = &rest[..rest.len().min(limit)];
        let is_last = shown.len() == rest.len();
        let mut paging = json!({ "lastPage": is_last, "size": shown.len() });
        if let (Some(last), false) = (shown.last(), is_last) {
            let cursor = format!("{},{}", last.at, last.id);
            let at = format!("{}/rest/auditing/1.0/events", self.context.site.address);
            paging["nextPageLink"] = json!(format!("{at}?limit={limit}&pageCursor={cursor}"));
            paging["nextPageCursor"] = json!(cursor);
        }
        let events: Vec<Value> = shown.iter().map(|record| self.audit_event(record)).collect();
        Ok(Reply::json(&json!({ "pagingInfo": paging, "entities": events })))
    }

    fn audit_event(&self, record: &Record) -> Value {
        let item = |(kind, id, name): &Item| json!({ "id": id, "name": name, "type": kind });
        let change = |(field, from, to): &(&str, String, String)| json!({ "key": field, "i18nKey": field, "from": from, "to": to });
        let author = record.author.map(|at| &self.access.users[at as usize]);
        let objects = std::iter::once(&record.object).chain(&record.associated);
        json!({
            "timestamp": zulu(record.at),
            "author": {
                "name": author.and_then(|user| user.name.clone()).unwrap_or_else(|| "System".to_owned()),
                "type": "user",
                "id": author.map_or("-1", |user| user.id.as_str()),
            },
            "type": { "category": record.category, "action": record.summary },
            "affectedObjects": objects.map(item).collect::<Vec<_>>(),
            "changedValues": record.changes.iter().map(change).collect::<Vec<_>>(),
            "source": "192.0.2.1",
            "system": self.context.site.address,
            "method": "REST",
            "extraAttributes": [],
        })
    }
}

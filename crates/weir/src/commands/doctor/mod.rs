//! `weir doctor`: everything that a working installation needs, looked at without changing it.

mod home;
mod proxy;
mod sites;
mod store;

use crate::{
    context::Context,
    failure::Failure,
    output::{Finding, FindingState, finding_lines},
};
use serde_json::json;

/// Findings, each shown as it is made.
struct Report<'a> {
    context: &'a Context<'a>,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn tell(&mut self, finding: Finding) -> Result<(), Failure> {
        if self.context.output.for_people() {
            self.context.output.line(&finding_lines(self.context.output, &finding))?;
        }
        self.findings.push(finding);
        Ok(())
    }
}

pub(super) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    context.output.format()?;
    let mut report = Report { context, findings: vec![] };
    for finding in home::look(context) {
        report.tell(finding)?;
    }
    for finding in proxy::look(context) {
        report.tell(finding)?;
    }
    if let Some(store) = store::look(&mut report).await? {
        sites::look(&mut report, &store).await?;
    }
    let count = |state: FindingState| report.findings.iter().filter(|one| one.state == state).count();
    let (warned, failed) = (count(FindingState::Warn), count(FindingState::Fail));
    if context.output.for_people() {
        context.output.line("")?;
        context.output.line(&match (failed, warned) {
            (0, 0) => "All is well.".to_owned(),
            _ => format!("{failed} failed, {warned} to look at."),
        })?;
    } else {
        context.output.json(&json!({
            "passed": failed == 0,
            "failed": failed,
            "warned": warned,
            "checks": report.findings,
        }))?;
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Negative) }
}

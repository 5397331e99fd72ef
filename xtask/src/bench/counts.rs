//! The stored rows of every view, counted against the simulator's truth.

use crate::report::Report;
use crate::simulator::Simulator;
use crate::site::Credential;
use crate::truth::VIEWS;
use crate::weir::Weir;
use anyhow::{Result, ensure};

/// Records one result for each view.
pub(super) async fn compare(
    simulator: &Simulator,
    weir: &Weir,
    credential: &Credential,
    report: &mut Report,
) {
    for view in VIEWS {
        let compared = async {
            let (mut truth, mut stored) = (0_u64, 0_u64);
            simulator.truth(view.name, &credential.email, |_| add_one(&mut truth)).await?;
            weir.export(view.name, |_| add_one(&mut stored)).await?;
            ensure!(truth == stored, "{stored} rows are stored, the truth has {truth}");
            Ok(())
        };
        report.record(&format!("rows of {}", view.name), compared.await);
    }
}

fn add_one(count: &mut u64) -> Result<()> {
    *count += 1;
    Ok(())
}

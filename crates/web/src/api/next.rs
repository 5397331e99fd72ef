//! What somebody can do next about a status, as an operation of the API.

use crate::http::body::segment;
use weir_model::NextStep;

/// The operation: its method, its path, and the member that it needs.
pub(super) fn operation(next: NextStep, name: &str) -> String {
    let of = |method: &str, rest: &str| format!("{method} /api/v1/integrations/{}/{rest}", segment(name));
    match next {
        NextStep::Restore => of("POST", "deletion/cancel"),
        NextStep::Resume => of("POST", "resume"),
        NextStep::Sync => of("POST", "sync"),
        NextStep::Compare => of("POST", "verify"),
        NextStep::AcceptLoss => of("POST", "verify {\"accept_loss\": true}"),
        NextStep::Reauthenticate => of("POST", "reauth"),
        NextStep::Check => of("POST", "validate"),
        NextStep::Satellite => "GET /api/v1/satellites".to_owned(),
        NextStep::Read(run) => format!("GET /api/v1/runs/{run}/events"),
    }
}

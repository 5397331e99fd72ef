//! The API, `/api/v1`. One file a noun, one line an operation; the document is made from the same lines.

pub(crate) mod api_keys;
pub(crate) mod audit;
mod consents;
pub(crate) mod events;
mod export;
pub(crate) mod fields;
pub(crate) mod hygiene;
mod integrations;
mod issues;
pub(crate) mod me;
pub(crate) mod monitoring;
mod next;
pub(crate) mod notifications;
mod openapi;
mod runs;
pub(crate) mod salesforce;
pub(crate) mod satellites;
mod schedule;
pub(crate) mod upkeep;
pub(crate) mod users;
pub(crate) mod workspaces;

pub(crate) use openapi::{takes_no_body, takes_no_query};

use crate::app::App;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every operation.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(openapi::show_openapi))
        .routes(routes!(me::show_me, me::preferences::change_me))
        .routes(routes!(me::password::change_my_password))
        .routes(routes!(me::sessions::list_my_sessions))
        .routes(routes!(me::sessions::end_my_session))
        .routes(routes!(integrations::list::list_integrations, integrations::create::create_integration))
        .routes(routes!(
            integrations::show_integration,
            integrations::change::change_integration,
            integrations::delete::delete_integration
        ))
        .routes(routes!(consents::create_consent))
        .routes(routes!(consents::show_consent))
        .routes(routes!(integrations::validate::validate_settings))
        .routes(routes!(integrations::validate::validate_integration))
        .routes(routes!(integrations::reauth::reauth_integration))
        .routes(routes!(integrations::satellite::show_satellite_file))
        .routes(routes!(integrations::satellite::leave_to_satellite))
        .routes(routes!(integrations::delete::show_deletion))
        .routes(routes!(integrations::delete::cancel_deletion))
        .routes(routes!(integrations::delete::list_deleted_integrations))
        .routes(routes!(monitoring::show_monitoring))
        .routes(routes!(monitoring::availability::show_availability))
        .routes(routes!(monitoring::ingested::list_ingested))
        .routes(routes!(hygiene::report::show_hygiene_report))
        .routes(routes!(hygiene::trend::show_hygiene_trend))
        .routes(routes!(hygiene::issues::list_hygiene_issues))
        .routes(routes!(fields::list_fields))
        .routes(routes!(fields::list_field_values))
        .routes(routes!(fields::map_field, fields::unmap_field))
        .routes(routes!(salesforce::show_cases, salesforce::map_cases, salesforce::unmap_cases))
        .routes(routes!(salesforce::list_unmatched_cases))
        .routes(routes!(hygiene::rules::list_hygiene_rules, hygiene::rules::change::create_hygiene_rule))
        .routes(routes!(
            hygiene::rules::show_hygiene_rule,
            hygiene::rules::change::change_hygiene_rule,
            hygiene::rules::change::delete_hygiene_rule
        ))
        .routes(routes!(hygiene::rules::preview::preview_hygiene_rule))
        .routes(routes!(hygiene::reports::list_hygiene_reports, hygiene::reports::create_hygiene_report))
        .routes(routes!(
            hygiene::reports::show_saved_hygiene_report,
            hygiene::reports::change_hygiene_report,
            hygiene::reports::delete_hygiene_report
        ))
        .routes(routes!(hygiene::reports::open_hygiene_report))
        .routes(routes!(hygiene::report_issues::list_hygiene_report_issues))
        .routes(routes!(
            hygiene::settings::show_hygiene_settings,
            hygiene::settings::change_hygiene_settings,
            hygiene::settings::delete_hygiene_settings
        ))
        .routes(routes!(
            hygiene::settings::show_workspace_hygiene_settings,
            hygiene::settings::change_workspace_hygiene_settings,
            hygiene::settings::delete_workspace_hygiene_settings
        ))
        .routes(routes!(hygiene::nudges::list_nudges, hygiene::nudges::create_nudge))
        .routes(routes!(
            hygiene::nudges::show_nudge,
            hygiene::nudges::change_nudge,
            hygiene::nudges::delete_nudge
        ))
        .routes(routes!(hygiene::nudges::sending::preview_nudge))
        .routes(routes!(hygiene::nudges::sending::send_nudge))
        .routes(routes!(hygiene::nudges::sending::list_nudge_messages))
        .routes(routes!(hygiene::nudges::opt_outs::list_opt_outs))
        .routes(routes!(hygiene::nudges::opt_outs::add_opt_out, hygiene::nudges::opt_outs::remove_opt_out))
        .routes(routes!(events::list_events))
        .routes(routes!(monitoring::events::list_run_events))
        .routes(routes!(runs::list_runs))
        .routes(routes!(runs::show_run))
        .routes(routes!(schedule::show_schedule))
        .routes(routes!(schedule::sync::sync_integration))
        .routes(routes!(schedule::verify::verify_integration))
        .routes(routes!(schedule::pause::pause_integration))
        .routes(routes!(schedule::resume::resume_integration))
        .routes(routes!(schedule::cancel::cancel_run))
        .routes(routes!(issues::put_away::remove_issues))
        .routes(routes!(issues::put_away::restore_issues))
        .routes(routes!(issues::quarantine::list_quarantined))
        .routes(routes!(issues::body::show_body))
        .routes(routes!(export::export_view))
        .routes(routes!(workspaces::list_workspaces, workspaces::create_workspace))
        .routes(routes!(
            workspaces::show_workspace,
            workspaces::rename_workspace,
            workspaces::delete_workspace
        ))
        .routes(routes!(workspaces::mapping::list_workspace_integrations))
        .routes(routes!(workspaces::mapping::map_integration, workspaces::mapping::unmap_integration))
        .routes(routes!(workspaces::mappings::list_mappings, workspaces::mappings::change_mappings))
        .routes(routes!(workspaces::members::list_members))
        .routes(routes!(workspaces::members::set_member, workspaces::members::remove_member))
        .routes(routes!(users::list_users, users::invite::invite_user))
        .routes(routes!(users::show_user, users::change_user))
        .routes(routes!(users::invite::invite_user_again))
        .routes(routes!(users::access::show_user_access))
        .routes(routes!(users::deactivate_user))
        .routes(routes!(users::reactivate_user))
        .routes(routes!(
            users::identities::list_user_identities,
            users::identities::link_user_identity,
            users::identities::unlink_user_identity
        ))
        .routes(routes!(users::sessions::list_user_sessions, users::sessions::end_user_sessions))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(notifications::list_notifications, notifications::create_notification))
        .routes(routes!(
            notifications::show_notification,
            notifications::change_notification,
            notifications::delete_notification
        ))
        .routes(routes!(notifications::messages::test_notification))
        .routes(routes!(notifications::messages::list_notification_messages))
        .routes(routes!(satellites::list_satellites))
        .routes(routes!(satellites::show_satellite, satellites::forget_satellite))
        .routes(routes!(satellites::revoke_satellite))
        .routes(routes!(audit::list_audit_events))
        .routes(routes!(upkeep::master_keys::list_master_keys))
        .routes(routes!(upkeep::master_keys::rotate_master_key))
        .routes(routes!(upkeep::backups::list_backups, upkeep::backups::create_backup))
        .routes(routes!(upkeep::backups::show_backup))
        .routes(routes!(upkeep::backups::verify_backup_file))
        .routes(routes!(upkeep::doctor::show_diagnosis))
        .routes(routes!(upkeep::config::show_config))
        .routes(routes!(upkeep::about::show_about))
        .routes(routes!(upkeep::about::show_sbom))
        .routes(routes!(upkeep::about::show_support_bundle))
}

/// The document of the API: OpenAPI 3.1.
pub fn document() -> OpenApi {
    openapi::finished(router().into_openapi())
}

//! What people keep about hygiene: rules of an integration, settings, reports. What documents hold is not looked at here.

mod reports;
mod rules;
mod settings;

/// By which a name is found, in any case of letters.
fn key_of(name: &str) -> String {
    name.trim().to_lowercase()
}

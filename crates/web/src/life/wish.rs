//! What a caller of the API wants of an integration, as it is sent.

pub(crate) mod credential;

use crate::http::{
    Problem,
    name::{Name, Printable},
    number::{whole, whole_or_null},
};
use credential::CredentialWish;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use weir_ingest::{Changes, values};
use weir_model::{Exclusions, Message, Scope, Speed};

/// A label.
type Tag = Printable<2000>;

/// A member that may be `null`, which is not the same as one that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// How fast a site is read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SpeedWord {
    /// A quarter of the requests at once that are usual on this server.
    Gentle,
    /// As many as are usual.
    Normal,
    /// Twice as many.
    Fast,
}

impl From<SpeedWord> for Speed {
    fn from(word: SpeedWord) -> Self {
        match word {
            SpeedWord::Gentle => Self::Gentle,
            SpeedWord::Normal => Self::Normal,
            SpeedWord::Fast => Self::Fast,
        }
    }
}

/// An object with the settings that a person may choose, and some members of its own.
macro_rules! wish {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $member:ident : $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $($(#[$of])* pub(crate) $member: $type,)*
            /// `true`: all issues that the account can see, also of projects that come later.
            #[serde(default)]
            everything: Option<bool>,
            /// Keys of projects instead.
            #[serde(default)]
            projects: Option<Vec<String>>,
            /// A query instead.
            #[serde(default)]
            jql: Option<String>,
            /// Fields that are never asked for: `summary`, `description`, `comment`, `userDetails` or ids of fields.
            #[serde(default)]
            exclude: Option<Vec<String>>,
            /// Of the IANA list; the account's own unless given.
            #[serde(default)]
            timezone: Option<String>,
            #[serde(default, deserialize_with = "whole")]
            #[schema(minimum = 1, maximum = 527_040)]
            interval_minutes: Option<u32>,
            /// A pattern instead of the interval, in the time zone; `null` for the interval.
            #[serde(default, deserialize_with = "given")]
            #[schema(value_type = Option<String>)]
            cron: Option<Option<String>>,
            /// Between comparisons of everything with the site; `null` for never by itself.
            #[serde(default, deserialize_with = "whole_or_null")]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 527_040)]
            census_minutes: Option<Option<u32>>,
            /// How far each run looks back.
            #[serde(default, deserialize_with = "whole")]
            #[schema(minimum = 1, maximum = 527_040)]
            reread_minutes: Option<u32>,
            /// Only issues that were edited in so many months before it was added, or later; `null` for all.
            #[serde(default, deserialize_with = "whole_or_null")]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 1200)]
            history_months: Option<Option<u32>>,
            /// How fast the site is read.
            #[serde(default)]
            #[schema(inline)]
            speed: Option<SpeedWord>,
            #[serde(default)]
            description: Option<String>,
            /// Each of them once.
            #[serde(default)]
            #[schema(inline)]
            tags: Option<Vec<Tag>>,
            #[serde(default, deserialize_with = "given")]
            #[schema(value_type = Option<String>)]
            owner: Option<Option<String>>,
            #[serde(default, deserialize_with = "given")]
            #[schema(value_type = Option<String>)]
            secondary_owner: Option<Option<String>>,
        }

        impl $name {
            /// What is chosen, each value checked.
            ///
            /// # Errors
            /// The first value that does not fit.
            pub(crate) fn changes(&self) -> Result<Changes, Problem> {
                let text = |field: &str, text: &String| values::text(field, text);
                let person = |field: &str, given: &Option<Option<String>>| -> Result<_, Message> {
                    given.as_ref().map(|given| given.as_ref().map(|text| values::text(field, text)).transpose()).transpose()
                };
                let cron = match &self.cron {
                    Some(Some(text)) => Some(Some(values::cron(text)?)),
                    Some(None) => Some(None),
                    // Whoever names an interval wants it.
                    None => self.interval_minutes.map(|_| None),
                };
                let tags = self.tags.as_ref().map(|tags| values::tags("tags", tags.iter().map(|tag| &*tag.0)));
                Ok(Changes {
                    name: None,
                    scope: scope(self.everything, self.projects.as_deref(), self.jql.as_deref())?,
                    exclusions: self.exclude.as_ref().map(|fields| Exclusions::parse(fields.iter().map(String::as_str))),
                    timezone: self.timezone.as_deref().map(values::zone).transpose()?,
                    interval_minutes: self.interval_minutes.map(|number| within("interval_minutes", number, values::LONGEST_INTERVAL)).transpose()?,
                    cron,
                    census_minutes: inner(self.census_minutes, |number| within("census_minutes", number, values::LONGEST_INTERVAL))?,
                    reread_minutes: self.reread_minutes.map(|number| within("reread_minutes", number, values::LONGEST_INTERVAL)).transpose()?,
                    history_months: inner(self.history_months, |number| within("history_months", number, values::LONGEST_HISTORY))?,
                    speed: self.speed.map(Into::into),
                    description: self.description.as_ref().map(|given| text("description", given)).transpose()?,
                    tags: tags.transpose()?,
                    owner: person("owner", &self.owner)?,
                    secondary_owner: person("secondary_owner", &self.secondary_owner)?,
                })
            }
        }
    };
}

wish! {
    /// An integration that is to be connected.
    NewIntegration {
        /// The address of the site, or the name of a site of Atlassian's.
        url: String,
        // Unique on this server.
        #[schema(inline)]
        name: Name,
        /// What to sign in with here.
        #[serde(default)]
        credential: Option<CredentialWish>,
        /// `true` instead of a credential: a satellite will read it, with one of its own, and run the checks.
        #[serde(default)]
        satellite: Option<bool>,
        /// Id or name of the workspace that it is mapped to; the only one unless given.
        #[serde(default)]
        workspace: Option<String>,
        /// Certificates of authorities that are trusted for this site besides, PEM.
        #[serde(default)]
        ca_pem: Option<String>,
    }
}

wish! {
    /// Settings that are to be tried.
    SettingsToTry {
        /// The address of the site, or the name of a site of Atlassian's.
        url: String,
        credential: CredentialWish,
        /// Certificates of authorities that are trusted for this site besides, PEM.
        #[serde(default)]
        ca_pem: Option<String>,
    }
}

wish! {
    /// What is to be another way. What is not named stays.
    IntegrationChange {
        /// Another name.
        #[serde(default)]
        #[schema(inline)]
        name: Option<Name>,
    }
}

/// The scope, where one is named.
fn scope(
    everything: Option<bool>,
    projects: Option<&[String]>,
    jql: Option<&str>,
) -> Result<Option<Scope>, Problem> {
    match (everything.unwrap_or(false), projects, jql) {
        (false, None, None) => Ok(None),
        (true, None, None) => Ok(Some(Scope::Everything)),
        (false, Some([]), None) => {
            Err(values::bad("projects", "it names none; everything takes all of them").into())
        }
        (false, Some(keys), None) => Ok(Some(values::projects("projects", keys)?)),
        (false, None, Some(jql)) => Ok(Some(values::query("jql", jql)?)),
        (everything, projects, jql) => {
            let given =
                [("/everything", everything), ("/projects", projects.is_some()), ("/jql", jql.is_some())];
            let given = given.into_iter().filter(|(_, is_given)| *is_given).map(|(member, _)| member);
            Err(Problem::from(Message::ScopeTwice {}).at_each(given))
        }
    }
}

/// A number as the document of the API bounds it.
fn within(member: &str, number: u32, most: u32) -> Result<u32, Problem> {
    match (1..=most).contains(&number) {
        true => Ok(number),
        false => Err(Problem::bad(format!("{member} is 1 to {most}")).at(format!("/{member}"))),
    }
}

fn inner<T: Copy>(
    given: Option<Option<T>>,
    check: impl Fn(T) -> Result<T, Problem>,
) -> Result<Option<Option<T>>, Problem> {
    given.map(|inner| inner.map(check).transpose()).transpose()
}

/// Certificates that somebody gave.
pub(crate) fn certificates(given: Option<&str>) -> Result<Option<String>, Message> {
    let given = given.filter(|text| !text.trim().is_empty());
    given.map(|text| values::certificates("that was given", text)).transpose()
}

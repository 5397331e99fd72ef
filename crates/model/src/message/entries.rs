//! How the catalogue is written: each sentence with its id, its exit code, and what to do about it.

/// Makes a catalogue, or a part of one. Of each sentence: what happened, why we think so, what to do at the command line; then, where that is
/// said in other words there, what to do in the `server`, or through its `api` and on a `page` of it.
macro_rules! catalogue {
    (
        $(#[$about:meta])*
        $catalogue:ident, parts { $($part:ident),* };
        $(
        $(#[$doc:meta])*
        $name:ident { $($field:ident : $type:ty),* } = $id:literal, $exit:ident,
            $what:literal, $why:literal, $fix:literal
            $(, server: $server:literal)? $(, api: $api:literal)? $(, page: $page:literal)?;
    )*) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
        #[allow(missing_docs)]
        pub enum $catalogue {
            $($(#[$doc])* $name { $($field: $type),* },)*
            $($part($part),)*
        }

        $(impl From<$part> for $catalogue {
            fn from(part: $part) -> Self {
                Self::$part(part)
            }
        })*

        impl $catalogue {
            /// Its stable id.
            pub fn id(&self) -> &'static str {
                match self { $(Self::$name { .. } => $id,)* $(Self::$part(part) => part.id(),)* }
            }

            /// The exit code of a command that ends with it.
            pub fn exit(&self) -> ExitCode {
                match self { $(Self::$name { .. } => ExitCode::$exit,)* $(Self::$part(part) => part.exit(),)* }
            }

            /// What happened.
            #[allow(unused_variables)]
            pub fn what(&self) -> String {
                match self { $(Self::$name { $($field),* } => format!($what),)* $(Self::$part(part) => part.what(),)* }
            }

            /// Why we think so.
            #[allow(unused_variables)]
            pub fn why(&self) -> String {
                match self { $(Self::$name { $($field),* } => format!($why),)* $(Self::$part(part) => part.why(),)* }
            }

            /// What to do, where it is read.
            #[allow(unused_variables, clippy::match_single_binding)]
            pub fn fix(&self, surface: Surface) -> String {
                match self { $(Self::$name { $($field),* } => match surface {
                    $(Surface::Api | Surface::Page => format!($server),)?
                    $(Surface::Api => format!($api),)?
                    $(Surface::Page => format!($page),)?
                    _ => format!($fix),
                },)* $(Self::$part(part) => part.fix(surface),)* }
            }
        }

        /// Every sentence: its name, what happened, why, and what to do at the command line, through the API and on a page.
        #[cfg(test)]
        #[allow(clippy::match_single_binding)]
        impl $catalogue {
        pub(super) fn sentences() -> Vec<(&'static str, [&'static str; 5])> {
            let fix = |surface, name: &'static str| match name {
                $(stringify!($name) => match surface {
                    $(Surface::Api | Surface::Page => $server,)?
                    $(Surface::Api => $api,)?
                    $(Surface::Page => $page,)?
                    _ => $fix,
                },)*
                _ => "",
            };
            #[allow(unused_mut)]
            let mut all = vec![$({
                let name = stringify!($name);
                let fixes = [Surface::CommandLine, Surface::Api, Surface::Page].map(|surface| fix(surface, name));
                (name, [$what, $why, fixes[0], fixes[1], fixes[2]])
            },)*];
            $(all.extend($part::sentences());)*
            all
        }
        }
    };
}

pub(super) use catalogue;

//! Which product a world is served as.

/// The product, and what of it a world needs to know when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flavor {
    /// Jira Cloud, REST v3.
    #[default]
    Cloud,
    /// Jira Data Center, REST v2.
    DataCenter(DcVersion),
}

/// The versions of Data Center that can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DcVersion {
    V8_20,
    V9_12,
    V10_3,
    V11,
}

impl DcVersion {
    /// The version of that name: 8.20, 9.12, 10.3, 11.
    pub fn named(name: &str) -> Option<DcVersion> {
        match name {
            "8.20" => Some(DcVersion::V8_20),
            "9.12" => Some(DcVersion::V9_12),
            "10.3" => Some(DcVersion::V10_3),
            "11" => Some(DcVersion::V11),
            _ => None,
        }
    }

    pub(crate) fn numbers(self) -> [u32; 3] {
        match self {
            DcVersion::V8_20 => [8, 20, 30],
            DcVersion::V9_12 => [9, 12, 15],
            DcVersion::V10_3 => [10, 3, 24],
            DcVersion::V11 => [11, 0, 1],
        }
    }
}

impl Flavor {
    pub(crate) fn dc(self) -> Option<DcVersion> {
        match self {
            Flavor::Cloud => None,
            Flavor::DataCenter(version) => Some(version),
        }
    }

    pub(crate) fn is_dc(self) -> bool {
        self.dc().is_some()
    }

    /// Sprints stand in issues as text, `…Sprint@hash[id=…,name=…]`.
    pub(crate) fn sprint_text(self) -> bool {
        self.dc().is_some_and(|version| version != DcVersion::V11)
    }

    /// The version of the platform API.
    pub(crate) fn api(self) -> &'static str {
        if self.is_dc() { "/rest/api/2" } else { "/rest/api/3" }
    }
}

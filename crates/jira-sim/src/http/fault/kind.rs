//! The kinds of faults, each with its word, the product that has it, and how it is usually given.

/// Which product has a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Product {
    Both,
    Cloud,
    DataCenter,
}

/// How a fault is usually given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usual {
    /// Once.
    Once,
    /// Until it is cleared.
    Always,
}

macro_rules! kinds {
    ($($(#[$what:meta])* $kind:ident = ($word:literal, $product:ident, $usual:ident),)*) => {
        /// What can go wrong on purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FaultKind {
            $($(#[$what])* $kind,)*
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: [FaultKind; [$(FaultKind::$kind),*].len()] = [$(FaultKind::$kind),*];

            fn row(self) -> (&'static str, Product, Usual) {
                match self {
                    $(FaultKind::$kind => ($word, Product::$product, Usual::$usual),)*
                }
            }
        }
    };
}

kinds! {
    /// 429 of the burst limiter.
    RateBurst = ("rate_burst", Cloud, Once),
    /// 429 of the quota of the site.
    RateTenant = ("rate_tenant", Cloud, Once),
    /// 429 of the quota of the app over all sites.
    RateGlobal = ("rate_global", Cloud, Once),
    /// 429 for what the request costs.
    RateCost = ("rate_cost", Cloud, Once),
    /// 429 for a reason that nobody documents.
    RateThreads = ("rate_threads", Cloud, Once),
    /// 429 of a token bucket.
    RateDc = ("rate_dc", DataCenter, Once),
    /// 429 without any header that tells when to come again.
    RateBare = ("rate_bare", Both, Once),
    /// A good answer whose `Beta-` headers say that nothing is left; nothing comes of it.
    BetaHeaders = ("beta_headers", Cloud, Always),
    /// 500.
    Error500 = ("error_500", Both, Once),
    /// 502.
    Error502 = ("error_502", Both, Once),
    /// 503.
    Error503 = ("error_503", Both, Once),
    /// 504.
    Error504 = ("error_504", Both, Once),
    /// 503 with a page for people.
    Html503 = ("html_503", Both, Once),
    /// 200 without a body.
    Empty200 = ("empty_200", Both, Once),
    /// 200 with a login page.
    LoginHtml = ("login_html", Both, Once),
    /// 302 to another host.
    Redirect = ("redirect", Both, Once),
    /// The connection is reset before the answer.
    Reset = ("reset", Both, Once),
    /// The connection is reset in the middle of the body.
    ResetBody = ("reset_body", Both, Once),
    /// The body ends before the length that was told.
    Cut = ("cut", Both, Once),
    /// A chunked body ends in the middle.
    CutChunked = ("cut_chunked", Both, Once),
    /// The body comes in small pieces.
    Drip = ("drip", Both, Once),
    /// The answer takes long.
    Slow = ("slow", Both, Once),
    /// 401, although the credential is good.
    Unauthorized = ("unauthorized", Both, Once),
    /// 403 that asks for a CAPTCHA.
    Captcha = ("captcha", DataCenter, Always),
    /// The credential makes an anonymous caller, as if the token had expired.
    Anonymous = ("anonymous", Cloud, Always),
    /// A page token is 400.
    TokenExpired = ("token_expired", Cloud, Once),
    /// A page's token leads to the same page again.
    TokenLoop = ("token_loop", Cloud, Once),
    /// A page holds 40 rows at most, although more follow.
    ShortPage = ("short_page", Cloud, Always),
    /// An issue is delivered twice.
    Duplicates = ("duplicates", Both, Once),
    /// A search's page lacks its last issue, and warns that its result may not be whole.
    Warnings = ("warnings", Cloud, Once),
    /// A bulk answer lacks its last issue without a word.
    Omit = ("omit", Cloud, Once),
    /// A bulk answer names its last issue among its errors instead of giving it.
    IssueError = ("issue_error", Cloud, Once),
    /// A board, and what belongs to it, is 403.
    Board403 = ("board_403", Both, Once),
    /// A board, and what belongs to it, is 404.
    Board404 = ("board_404", Both, Once),
    /// NUL in texts becomes half of a surrogate pair.
    HalfPairs = ("half_pairs", Both, Always),
    /// The body of the named issue has fields that are no fields.
    Malformed = ("malformed", Both, Always),
    /// What names the issue, or on Data Center finds it, is 500.
    Poison = ("poison", Both, Always),
}

impl FaultKind {
    /// The kind's word.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The kind of that word.
    pub fn named(name: &str) -> Option<FaultKind> {
        FaultKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the product has it.
    pub fn is_of(self, data_center: bool) -> bool {
        match self.row().1 {
            Product::Both => true,
            Product::Cloud => !data_center,
            Product::DataCenter => data_center,
        }
    }

    /// Whether it is about one issue, which has to be named.
    pub fn names_an_issue(self) -> bool {
        matches!(self, FaultKind::Malformed | FaultKind::Poison)
    }

    /// How often it is given when nothing is said; None for until it is cleared.
    pub(super) fn usual_count(self) -> Option<u64> {
        (self.row().2 == Usual::Once).then_some(1)
    }

    /// Whether a page decides on it, after it knows what it holds; the others are decided on as a request comes.
    pub(super) fn is_of_pages(self) -> bool {
        matches!(
            self,
            FaultKind::TokenLoop
                | FaultKind::ShortPage
                | FaultKind::Duplicates
                | FaultKind::Warnings
                | FaultKind::Omit
                | FaultKind::IssueError
                | FaultKind::Malformed
        )
    }
}

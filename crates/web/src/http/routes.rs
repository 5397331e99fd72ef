//! Routes that know what they are: axum's router cannot be asked for its lines, and the table of who may use what must have
//! the same ones.

use crate::{app::App, auth::routes as table};
use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};

/// A router and its lines.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    router: Router<App>,
    lines: Vec<(&'static str, &'static str)>,
}

impl Routes {
    /// Answers `GET`.
    pub(crate) fn get<T: 'static>(self, path: &'static str, handler: impl Handler<T, App>) -> Self {
        self.on("GET", MethodFilter::GET, path, handler)
    }

    /// Answers `POST`.
    pub(crate) fn post<T: 'static>(self, path: &'static str, handler: impl Handler<T, App>) -> Self {
        self.on("POST", MethodFilter::POST, path, handler)
    }

    /// Answers `PUT`.
    pub(crate) fn put<T: 'static>(self, path: &'static str, handler: impl Handler<T, App>) -> Self {
        self.on("PUT", MethodFilter::PUT, path, handler)
    }

    /// Answers `PATCH`.
    pub(crate) fn patch<T: 'static>(self, path: &'static str, handler: impl Handler<T, App>) -> Self {
        self.on("PATCH", MethodFilter::PATCH, path, handler)
    }

    /// Answers `DELETE`.
    pub(crate) fn delete<T: 'static>(self, path: &'static str, handler: impl Handler<T, App>) -> Self {
        self.on("DELETE", MethodFilter::DELETE, path, handler)
    }

    fn on<T: 'static>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        handler: impl Handler<T, App>,
    ) -> Self {
        self.lines.push((method, path));
        Self { router: self.router.route(path, on(filter, handler)), lines: self.lines }
    }

    /// The router.
    pub(crate) fn into_router(self) -> Router<App> {
        let is_known = |(method, path): &(&str, &str)| table::find(method, path).is_some();
        debug_assert!(self.lines.iter().all(is_known), "a route is not in the table");
        self.router
    }

    /// Method and path of every line.
    #[cfg(test)]
    pub(crate) fn lines(&self) -> &[(&'static str, &'static str)] {
        &self.lines
    }
}

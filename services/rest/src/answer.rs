//! What handlers take and give.

use std::collections::HashMap;

use koinos_crypto::Address;
use serde_json::Value;

use crate::app::App;
use crate::core::query::Query;
use crate::error::{Result, refused};

/// A request as handlers see it.
#[derive(Debug, Default)]
pub struct Call {
    /// The path that was asked for.
    pub path: String,
    /// The parts of the path that differ, by name.
    pub parts: HashMap<String, String>,
    /// The query.
    pub query: Query,
    /// The body, where one is expected.
    pub body: Value,
}

impl Call {
    /// The part of the path with this name.
    pub fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    /// The contract that the path names.
    ///
    /// # Errors
    /// `invalid contract_id`.
    pub async fn contract(&self, app: &App) -> Result<Address> {
        app.names.contract(self.part("contract_id")).await
    }

    /// The account in a part of the path.
    ///
    /// # Errors
    /// `invalid account`.
    pub async fn account(&self, app: &App, part: &str) -> Result<Address> {
        app.names.account(self.part(part)).await
    }

    /// The accounts in parameters of the query, which all have to be there.
    ///
    /// # Errors
    /// `missing required field`, `missing account`, `invalid account`.
    pub async fn account_parameter(&self, app: &App, name: &str) -> Result<Address> {
        app.names.account(self.query.required(name)?).await
    }

    /// Checks that parameters of the query are there.
    ///
    /// # Errors
    /// `missing required field`.
    pub fn require(&self, names: &[&str]) -> Result<()> {
        names.iter().try_for_each(|name| self.query.required(name).map(drop))
    }

    /// The body, which has to be an object.
    ///
    /// # Errors
    /// When it is something else.
    pub fn object(&self) -> Result<&serde_json::Map<String, Value>> {
        self.body.as_object().ok_or_else(|| refused("the body is no object of JSON"))
    }

    /// A link to the same path with other parameters.
    pub fn link(&self, relation: &'static str, changed: &[(&str, String)]) -> Link {
        Link { relation, target: format!("{}?{}", self.path, self.query.with(changed)) }
    }
}

/// How long an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// The next block may change it.
    Volatile,
    /// It may change at some time: seconds for which that does not matter.
    Seconds(u32),
    /// It never changes.
    Immutable,
}

impl Caching {
    /// The header `Cache-Control`.
    pub fn header(self) -> String {
        match self {
            Self::Volatile => "no-store".to_owned(),
            Self::Seconds(seconds) => format!("public, max-age={seconds}"),
            Self::Immutable => "public, max-age=31536000, immutable".to_owned(),
        }
    }

    /// For what is final, if it is: for ever when `whole`; otherwise something in it may be told
    /// better later.
    pub fn of_final(is_final: bool, whole: bool) -> Self {
        match (is_final, whole) {
            (false, _) => Self::Volatile,
            (true, false) => Self::Seconds(60),
            (true, true) => Self::Immutable,
        }
    }
}

/// A link to further results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `next` or `prev`.
    pub relation: &'static str,
    /// Path and query.
    pub target: String,
}

/// The result of a request.
#[derive(Debug)]
pub struct Answer {
    /// The JSON.
    pub value: Value,
    /// How long it holds.
    pub caching: Caching,
    /// Where to go on.
    pub links: Vec<Link>,
}

impl Answer {
    /// A result that holds for now.
    pub fn now(value: Value) -> Self {
        Self::held(value, Caching::Volatile)
    }

    /// A result that holds for some time.
    pub fn held(value: Value, caching: Caching) -> Self {
        Self { value, caching, links: Vec::new() }
    }
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self::now(value)
    }
}

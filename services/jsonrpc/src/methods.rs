//! Which methods there are, found in the descriptors, and which of them may be called.
//!
//! A service is a package whose last name is `S` and that has a message `S_request`; a method is
//! a message `M_request` in it. The package of the protocol's services begins with `koinos.rpc`.

use std::collections::HashMap;
use std::sync::Arc;

use koinos_http::Meters;
use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor};

use crate::fault::Untranslatable;

/// What packages of the protocol's services begin with.
const PREFIX: &str = "koinos.rpc.";

/// A method that descriptors know.
pub(crate) struct Method {
    /// The name of its service on the bus.
    pub(crate) service: String,
    /// Its own name, a field of `response`.
    pub(crate) name: String,
    /// The message of its parameters.
    pub(crate) params: MessageDescriptor,
    /// Where the parameters stand in the request of the service; `None` when they cannot.
    pub(crate) field: Option<FieldDescriptor>,
    /// The response of the service.
    pub(crate) response: Option<MessageDescriptor>,
    /// Why it may not be called.
    pub(crate) refused: Option<Untranslatable>,
    pub(crate) meters: Meters,
}

struct Service {
    methods: HashMap<String, Arc<Method>>,
}

/// All methods.
pub(crate) struct Methods {
    /// By package; a package without a service is `None`.
    packages: HashMap<String, Option<Service>>,
}

/// Which methods may be called.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    white: Vec<String>,
    black: Vec<String>,
}

impl Rules {
    /// Each entry stands for all methods whose qualified name begins with it; `koinos.rpc.` may be
    /// left out.
    pub(crate) fn new(whitelist: &[String], blacklist: &[String]) -> Self {
        let qualify = |list: &[String]| {
            let entries = list.iter().filter(|entry| !entry.is_empty());
            entries.map(|entry| qualified(entry)).collect()
        };
        Self { white: qualify(whitelist), black: qualify(blacklist) }
    }

    fn refuse(&self, method: &str) -> Option<Untranslatable> {
        let listed = |list: &[String]| list.iter().any(|entry| method.starts_with(entry));
        if !self.white.is_empty() && !listed(&self.white) {
            return Some(Untranslatable::NotWhitelisted);
        }
        listed(&self.black).then_some(Untranslatable::Blacklisted)
    }
}

fn qualified(name: &str) -> String {
    if name.starts_with(PREFIX) { name.to_owned() } else { format!("{PREFIX}{name}") }
}

impl Methods {
    pub(crate) fn new(pool: &DescriptorPool, rules: &Rules) -> Self {
        let mut packages = HashMap::new();
        for file in pool.files() {
            let package = file.package_name();
            if !packages.contains_key(package) {
                packages.insert(package.to_owned(), service(pool, package, rules));
            }
        }
        Self { packages }
    }

    /// The names of all methods.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let services = self.packages.values().flatten();
        services
            .flat_map(|service| service.methods.values())
            .filter(|m| m.field.is_some())
            .map(|method| format!("{}.{}", method.service, method.name))
    }

    /// The method that is called `name`: `service.method`, the same behind `koinos.rpc.`, or
    /// behind another package.
    pub(crate) fn find(&self, name: &str) -> Result<&Arc<Method>, Untranslatable> {
        let parts: Vec<&str> = name.splitn(4, '.').collect();
        let [.., service, method] = parts[..] else { return Err(Untranslatable::MalformedMethod) };
        let package = self.packages.get(service).or_else(|| match parts.len() {
            2 => self.packages.get(&format!("{PREFIX}{service}")),
            _ => self.packages.get(&name[..name.len() - method.len() - 1]),
        });
        let found = package.and_then(Option::as_ref).ok_or(Untranslatable::UnknownService)?;
        let found = found.methods.get(method).ok_or(Untranslatable::UnknownMethod)?;
        found.refused.map_or(Ok(found), Err)
    }
}

fn service(pool: &DescriptorPool, package: &str, rules: &Rules) -> Option<Service> {
    let name = package.rsplit('.').next()?;
    let message = |kind: &str| pool.get_message_by_name(&format!("{package}.{kind}"));
    let request = message(&format!("{name}_request"))?;
    let response = message(&format!("{name}_response"));
    // A package of one name is the same service as the one behind the prefix.
    let qualified_package =
        if package.contains('.') { package.to_owned() } else { qualified(package) };
    let messages = pool.files().filter(|file| file.package_name() == package);
    let messages: Vec<_> = messages.flat_map(|file| file.messages().collect::<Vec<_>>()).collect();
    let method = |params: MessageDescriptor| {
        let method = params.name().strip_suffix("_request")?.to_owned();
        let field = request.get_field_by_name(&method);
        let field = field.filter(|field| {
            field.kind().as_message().is_some_and(|kind| *kind == params) && !field.is_list()
        });
        let refused = rules.refuse(&format!("{qualified_package}.{method}"));
        let meters = Meters::new("jsonrpc", format!("{name}.{method}"));
        let (service, response) = (name.to_owned(), response.clone());
        let entry =
            Method { service, name: method.clone(), params, field, response, refused, meters };
        Some((method, Arc::new(entry)))
    };
    Some(Service { methods: messages.into_iter().filter_map(method).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(white: &[&str], black: &[&str]) -> Methods {
        let list = |entries: &[&str]| entries.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>();
        let rules = Rules::new(&list(white), &list(black));
        Methods::new(koinos_proto::descriptor_pool(), &rules)
    }

    fn fault(methods: &Methods, name: &str) -> Untranslatable {
        methods.find(name).map(|method| method.name.clone()).unwrap_err()
    }

    #[test]
    fn names_are_taken_apart_from_behind() {
        let methods = methods(&[], &[]);
        for name in ["chain.get_head_info", "koinos.rpc.chain.get_head_info"] {
            let method = methods.find(name).ok().unwrap();
            assert_eq!((&*method.service, &*method.name), ("chain", "get_head_info"));
            assert_eq!(method.field.as_ref().unwrap().number(), 4);
        }
        for (name, expected) in [
            ("", Untranslatable::MalformedMethod),
            ("chain", Untranslatable::MalformedMethod),
            ("nothing.get_head_info", Untranslatable::UnknownService),
            ("rpc.chain.get_head_info", Untranslatable::UnknownService),
            ("other.rpc.chain.get_head_info", Untranslatable::UnknownService),
            ("koinos.common", Untranslatable::UnknownService),
            ("koinos.rpc.error_status", Untranslatable::UnknownService),
            ("chain.", Untranslatable::UnknownMethod),
            (".", Untranslatable::UnknownService),
            ("chain.reserved", Untranslatable::UnknownMethod),
            ("chain.get_head_info_request", Untranslatable::UnknownMethod),
            ("koinos.rpc.chain.get_head_info.more", Untranslatable::UnknownMethod),
        ] {
            assert_eq!(fault(&methods, name), expected, "{name}");
        }
        // A message that is no method: its parameters are looked at first.
        assert!(methods.find("chain.chain").ok().unwrap().field.is_none());
        assert!(methods.names().any(|name| name == "mempool.get_pending_transactions"));
        assert!(!methods.names().any(|name| name == "chain.chain"));
    }

    #[test]
    fn rules_match_beginnings_the_white_list_first() {
        let all = methods(&["chain.get"], &["koinos.rpc.chain.get_chain", "mempool"]);
        assert!(all.find("chain.get_head_info").is_ok());
        assert_eq!(fault(&all, "koinos.rpc.chain.get_chain_id"), Untranslatable::Blacklisted);
        assert_eq!(fault(&all, "chain.submit_block"), Untranslatable::NotWhitelisted);
        assert_eq!(fault(&all, "mempool.get_pending_nonce"), Untranslatable::NotWhitelisted);
        assert_eq!(fault(&all, "chain.unheard_of"), Untranslatable::UnknownMethod);
        let open = methods(&[], &["block_store.add_block", "chain.propose_block"]);
        assert_eq!(fault(&open, "block_store.add_block"), Untranslatable::Blacklisted);
        assert!(open.find("chain.submit_block").is_ok());
    }
}

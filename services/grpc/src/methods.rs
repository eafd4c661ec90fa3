//! The methods of the gRPC service, and what each of them is on the bus.

use std::collections::HashMap;
use std::sync::Arc;

use koinos_http::Meters;
use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::lists::{Entry, Lists};

/// The name of the gRPC service.
pub(crate) const SERVICE: &str = "koinos.services.koinos";

/// A method of [`SERVICE`].
pub(crate) struct Method {
    /// The service on the bus that answers it.
    pub(crate) service: String,
    /// The field of its request in the service's.
    pub(crate) request: u32,
    /// The fields of the service's response, of which one is set.
    pub(crate) responses: Vec<u32>,
    /// The one that is the answer.
    pub(crate) response: u32,
    /// Why it may not be called.
    pub(crate) refused: Option<&'static str>,
    pub(crate) meters: Meters,
}

/// The methods by their names.
pub(crate) type Methods = HashMap<String, Arc<Method>>;

/// Finds the methods in the descriptors: the message `M_request` of the package `koinos.rpc.S` is the
/// member `M` of the oneof in `S_request`.
///
/// # Errors
/// When the descriptors do not fit together, with the name of the method.
pub(crate) fn methods(pool: &DescriptorPool, lists: &Lists) -> Result<Methods, String> {
    let service = pool.get_service_by_name(SERVICE).ok_or(format!("{SERVICE} is not described"))?;
    let entry = |method: prost_reflect::MethodDescriptor| {
        let name = method.name().to_owned();
        let entry = find(&name, &method.input(), lists);
        entry
            .map(|entry| (name, Arc::new(entry)))
            .ok_or_else(|| format!("{} is not described", method.full_name()))
    };
    service.methods().map(entry).collect()
}

fn find(name: &str, input: &MessageDescriptor, lists: &Lists) -> Option<Method> {
    let package = input.package_name();
    let service = package.rsplit('.').next()?;
    let envelope = |kind: &str| {
        let name = format!("{package}.{service}_{kind}");
        input.parent_pool().get_message_by_name(&name)
    };
    let (request, response) = (envelope("request")?, envelope("response")?);
    Some(Method {
        service: service.to_owned(),
        request: request.get_field_by_name(name)?.number(),
        responses: response.fields().map(|field| field.number()).collect(),
        response: response.get_field_by_name(name)?.number(),
        refused: lists.refusal(service, name),
        meters: Meters::new("grpc", format!("{service}.{name}")),
    })
}

/// The entries of the lists that stand for nothing any service of the node offers.
pub(crate) fn without_effect<'a>(pool: &DescriptorPool, lists: &'a Lists) -> Vec<&'a Entry> {
    let known = |entry: &&Entry| {
        let service = &entry.service;
        let request = format!("koinos.rpc.{service}.{service}_request");
        pool.get_message_by_name(&request).is_some_and(|request| {
            entry.method.as_ref().is_none_or(|method| request.get_field_by_name(method).is_some())
        })
    };
    lists.entries().filter(|entry| !known(entry)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_found_with_their_fields() {
        let black = ["chain.submit_block".to_owned()];
        let methods = methods(koinos_proto::descriptor_pool(), &Lists::new(&[], &black)).unwrap();
        assert_eq!(methods.len(), 19);
        let fields = |name: &str| {
            let method = &methods[name];
            (method.service.as_str(), method.request, method.response)
        };
        assert_eq!(fields("submit_block"), ("chain", 2, 3));
        assert_eq!(fields("invoke_system_call"), ("chain", 11, 12));
        assert_eq!(fields("get_pending_transactions"), ("mempool", 3, 4));
        assert_eq!(fields("get_account_history"), ("account_history", 2, 3));
        assert_eq!(methods["submit_block"].refused, Some("method is blacklisted"));
        assert!(methods.values().all(|method| method.responses.contains(&method.response)));
    }

    #[test]
    fn entries_that_stand_for_nothing_are_noticed() {
        let list: Vec<String> =
            ["chain", "block_store.add_block", "chain.get", "chian", "chain.propose_block"]
                .map(str::to_owned)
                .into();
        let lists = Lists::new(&[], &list);
        let without = without_effect(koinos_proto::descriptor_pool(), &lists);
        let shown: Vec<String> = without.iter().map(|entry| entry.to_string()).collect();
        assert_eq!(shown, ["chain.get", "chian"]);
    }
}

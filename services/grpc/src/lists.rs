//! Which methods may be called.

/// What qualified names begin with; it may be left out.
const PREFIX: &str = "koinos.rpc.";

/// The whitelist and the blacklist.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    white: Vec<Entry>,
    black: Vec<Entry>,
}

/// `service`, or `service.method`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) service: String,
    /// `None` for all methods of the service.
    pub(crate) method: Option<String>,
}

impl Entry {
    fn read(text: &str) -> Self {
        let text = text.trim();
        let name = text.strip_prefix(PREFIX).unwrap_or(text);
        match name.split_once('.') {
            Some((service, method)) if !method.is_empty() => {
                Self { service: service.to_owned(), method: Some(method.to_owned()) }
            }
            Some((service, _)) => Self { service: service.to_owned(), method: None },
            None => Self { service: name.to_owned(), method: None },
        }
    }

    fn names(&self, service: &str, method: &str) -> bool {
        self.service == service && self.method.as_deref().is_none_or(|own| own == method)
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.method {
            Some(method) => write!(f, "{}.{method}", self.service),
            None => f.write_str(&self.service),
        }
    }
}

impl Lists {
    pub(crate) fn new(whitelist: &[String], blacklist: &[String]) -> Self {
        let read = |list: &[String]| {
            let entries = list.iter().filter(|entry| !entry.trim().is_empty());
            entries.map(|entry| Entry::read(entry)).collect()
        };
        Self { white: read(whitelist), black: read(blacklist) }
    }

    /// Why the method may not be called, in the words of the original.
    pub(crate) fn refusal(&self, service: &str, method: &str) -> Option<&'static str> {
        let listed = |list: &[Entry]| list.iter().any(|entry| entry.names(service, method));
        if !self.white.is_empty() && !listed(&self.white) {
            return Some("method not whitelisted");
        }
        listed(&self.black).then_some("method is blacklisted")
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.white.iter().chain(&self.black)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(white: &[&str], black: &[&str]) -> Lists {
        let list = |entries: &[&str]| entries.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>();
        Lists::new(&list(white), &list(black))
    }

    #[test]
    fn entries_are_services_or_methods_and_match_exactly() {
        let none = lists(&[], &[""]);
        assert_eq!(none.refusal("chain", "submit_block"), None);
        let black = lists(&[], &["chain.submit_block", "koinos.rpc.p2p.", "mempool.get"]);
        for (service, method, refused) in [
            ("chain", "submit_block", true),
            ("chain", "submit_blocks", false),
            ("chain", "get_head_info", false),
            ("block_store", "submit_block", false),
            ("p2p", "get_gossip_status", true),
            ("mempool", "get_pending_transactions", false),
        ] {
            let expected = refused.then_some("method is blacklisted");
            assert_eq!(black.refusal(service, method), expected, "{service}.{method}");
        }
    }

    #[test]
    fn the_whitelist_goes_first() {
        let lists = lists(&["chain", "block_store.get_highest_block"], &["chain.submit_block"]);
        let refusal = |service, method| lists.refusal(service, method);
        assert_eq!(refusal("chain", "get_head_info"), None);
        assert_eq!(refusal("chain", "submit_block"), Some("method is blacklisted"));
        assert_eq!(refusal("block_store", "get_highest_block"), None);
        assert_eq!(refusal("block_store", "get_blocks_by_id"), Some("method not whitelisted"));
        assert_eq!(refusal("chains", "get_head_info"), Some("method not whitelisted"));
        let shown: Vec<String> = lists.entries().map(Entry::to_string).collect();
        assert_eq!(shown, ["chain", "block_store.get_highest_block", "chain.submit_block"]);
    }
}

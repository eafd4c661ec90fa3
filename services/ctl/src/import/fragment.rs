//! The configuration of a compose node as a fragment of this one's: line by line as it was, but for
//! what makes sense in its containers only.

/// Keys that are left out, in which section (any, where none is named), and why.
struct LeftOut {
    section: Option<&'static str>,
    key: &'static str,
    why: &'static str,
}

const LEFT_OUT: [LeftOut; 5] = [
    LeftOut {
        section: None,
        key: "amqp",
        why: "the broker of the containers; see koinosctl broker",
    },
    LeftOut { section: None, key: "basedir", why: "the units name it" },
    LeftOut {
        section: Some("block_producer"),
        key: "private-key-file",
        why: "the key is handed over as a credential",
    },
    LeftOut {
        section: Some("chain"),
        key: "genesis-data",
        why: "the genesis data belong to the network now",
    },
    LeftOut { section: None, key: "log-dir", why: "the journal keeps the log" },
];

/// What was made of a configuration.
#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) text: String,
    /// What was left out: `section.key`, and why.
    pub(super) left_out: Vec<(String, &'static str)>,
}

/// Makes the fragment. `keep` names keys that stay although they would be left out.
pub(super) fn fragment(config: &str, origin: &str, keep: &[&str]) -> Fragment {
    let mut text = format!("# From {origin}. Written by koinosctl import compose.\n");
    let mut left_out = Vec::new();
    let mut section = String::new();
    // The indentation of a key that is left out: what is deeper belongs to it.
    let mut within: Option<usize> = None;
    for line in config.lines() {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        if within.is_some_and(|key| indent > key && !body.is_empty()) {
            text.push_str(&format!("#{line}\n"));
            continue;
        }
        within = None;
        let key = body.split_once(':').map(|(key, _)| key.trim_matches(['"', '\'', ' ']));
        match key {
            Some(name) if indent == 0 && !body.starts_with('#') => section = name.to_owned(),
            Some(name) if !body.starts_with('#') && !keep.contains(&name) => {
                if let Some(found) = find(&section, name) {
                    left_out.push((format!("{section}.{name}"), found.why));
                    text.push_str(&format!("#{line} # left out: {}\n", found.why));
                    within = Some(indent);
                    continue;
                }
            }
            _ => {}
        }
        text.push_str(line);
        text.push('\n');
    }
    Fragment { text, left_out }
}

fn find(section: &str, key: &str) -> Option<&'static LeftOut> {
    LEFT_OUT.iter().find(|one| one.key == key && one.section.is_none_or(|name| name == section))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use koinos_service::ConfigFile;

    use super::*;

    #[test]
    fn only_what_belongs_to_the_containers_is_left_out() {
        let config = "global:\n  amqp: amqp://guest:guest@amqp:5672/ # broker\n  log-level: warn\n\
                      block_producer:\n  private-key-file: my.key\n  approve-proposals:\n    - \"0x12\"\n\
                      chain:\n  amqp:\n    - amqp://a/\n    - amqp://b/\n  reset: false\n# p2p:\n\
                      p2p:\n  seed: abc\n";
        let made = fragment(config, "/srv/koinos/config/config.yml", &[]);
        let names: Vec<&str> = made.left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["global.amqp", "block_producer.private-key-file", "chain.amqp"]);
        let file = ConfigFile::parse(Path::new("x.yml"), made.text).unwrap();
        assert_eq!(file.keys("global"), ["log-level"]);
        assert_eq!(file.keys("chain"), ["reset"]);
        assert_eq!(file.values("block_producer", "approve-proposals").unwrap(), ["0x12"]);
        assert_eq!(file.values("p2p", "seed").unwrap(), ["abc"]);
        assert!(fragment(config, "x", &["amqp"]).text.contains("\n  amqp: amqp://"));
    }
}

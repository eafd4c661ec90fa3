//! Reading `config.yml`: sections of keys, each with the place it stands at.

use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

/// A configuration file that was read.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    path: PathBuf,
    text: String,
    root: Value,
}

/// One key of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) values: Values,
}

/// What stands behind a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    One(String),
    Many(Vec<String>),
    /// Something no option takes; says what.
    Unfit(&'static str),
}

impl ConfigFile {
    /// Parses the text of the file at `path`.
    ///
    /// # Errors
    /// A text naming the file, the line and what to do.
    pub fn parse(path: &Path, text: String) -> Result<Self, String> {
        let root: Value = serde_yaml_ng::from_str(&text).map_err(|error| {
            let line = error.location().map_or(String::new(), |at| format!(":{}", at.line()));
            format!(
                "{}{line}: not valid YAML: {error}; correct the file (indent with spaces, \
                 write `key: value`)",
                path.display()
            )
        })?;
        let file = Self { path: path.to_owned(), text, root };
        match &file.root {
            Value::Mapping(_) | Value::Null => Ok(file),
            _ => Err(format!(
                "{}:1: expected sections such as `global:` and one per service, each with its \
                 options indented below it",
                path.display()
            )),
        }
    }

    /// Reads a file; `None` when it does not exist.
    ///
    /// # Errors
    /// As [`ConfigFile::parse`], or when the file cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, text).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!(
                "cannot read {}: {error}; make it readable for this user",
                path.display()
            )),
        }
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The values behind a key of a section; none when it is not there, or holds something that no
    /// option takes.
    pub fn values(&self, section: &str, key: &str) -> Option<Vec<String>> {
        let entry = self.section(section).ok()?.into_iter().find(|entry| entry.key == key)?;
        match entry.values {
            Values::One(value) => Some(vec![value]),
            Values::Many(values) => Some(values),
            Values::Unfit(_) => None,
        }
    }

    /// The keys of a section in their order; none when it is absent or holds something else.
    pub fn keys(&self, section: &str) -> Vec<String> {
        let entries = self.section(section).unwrap_or_default();
        entries.into_iter().map(|entry| entry.key).collect()
    }

    /// The names of the sections.
    pub fn sections(&self) -> Vec<String> {
        let Value::Mapping(map) = &self.root else { return Vec::new() };
        map.keys().filter_map(scalar).collect()
    }

    /// The entries of a section in their order; none when it is absent or empty.
    pub(crate) fn section(&self, name: &str) -> Result<Vec<Entry>, String> {
        match self.root.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Mapping(map)) => Ok(map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .filter_map(|(key, value)| Some(Entry { key: scalar(key)?, values: values(value) }))
                .collect()),
            Some(_) => Err(format!(
                "{}: section `{name}` must hold options, each on a line of its own indented \
                 below it",
                self.place(name, None)
            )),
        }
    }

    /// `path:line` of a key (or of its section), or the path alone in unusual layouts.
    pub fn place(&self, section: &str, key: Option<&str>) -> String {
        match self.line(section, key) {
            Some(line) => format!("{}:{line}", self.path.display()),
            None => self.path.display().to_string(),
        }
    }

    /// The 1-based line of a key. The YAML parser keeps no positions, so the text is searched for
    /// block-style `section:` and, below it, `key:`.
    pub(crate) fn line(&self, section: &str, key: Option<&str>) -> Option<usize> {
        let names = |line: &str, name: &str| {
            let line = line.trim_start().trim_start_matches(['"', '\'']);
            line.strip_prefix(name)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        let indented = |line: &str| line.starts_with([' ', '\t']);
        let mut lines = self.text.lines().enumerate();
        let (start, _) = lines.find(|(_, line)| !indented(line) && names(line, section))?;
        let Some(key) = key else { return Some(start + 1) };
        lines
            .take_while(|(_, line)| indented(line) || line.is_empty() || line.starts_with('#'))
            .find(|(_, line)| names(line, key))
            .map(|(at, _)| at + 1)
    }
}

fn values(value: &Value) -> Values {
    match value {
        Value::Sequence(items) => items
            .iter()
            .map(scalar)
            .collect::<Option<Vec<_>>>()
            .map_or(Values::Unfit("a list of something other than plain values"), Values::Many),
        Value::Mapping(_) => Values::Unfit("a group of keys"),
        Value::Tagged(_) => Values::Unfit("a tagged value"),
        value => scalar(value).map_or(Values::Unfit("nothing"), Values::One),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        ConfigFile::parse(Path::new("config.yml"), text.to_owned())
    }

    #[test]
    fn entries_keep_their_order_and_kind() {
        let file = parse(
            "global:\n  jobs: 4\n  log-color: false\n  peer: [a, 2]\n  empty:\n  x: {y: 1}\n",
        )
        .unwrap();
        let one =
            |key: &str, value: &str| Entry { key: key.into(), values: Values::One(value.into()) };
        assert_eq!(
            file.section("global").unwrap(),
            [
                one("jobs", "4"),
                one("log-color", "false"),
                Entry { key: "peer".into(), values: Values::Many(vec!["a".into(), "2".into()]) },
                Entry { key: "x".into(), values: Values::Unfit("a group of keys") },
            ]
        );
        assert_eq!(file.section("chain").unwrap(), []);
        assert_eq!(file.values("global", "peer").unwrap(), ["a", "2"]);
        assert_eq!(file.values("global", "jobs").unwrap(), ["4"]);
        assert_eq!((file.values("global", "x"), file.values("chain", "jobs")), (None, None));
        assert_eq!(file.keys("global"), ["jobs", "log-color", "peer", "x"]);
        assert_eq!(parse("").unwrap().section("global").unwrap(), []);
    }

    #[test]
    fn lines_are_found_in_block_style() {
        let file =
            parse("# jobs: 1\nglobal:\n  jobs: 2\n\nchain:\n  # jobs\n  \"jobs\" : 3\n").unwrap();
        assert_eq!(file.line("global", Some("jobs")), Some(3));
        assert_eq!(file.line("chain", Some("jobs")), Some(7));
        assert_eq!(file.line("chain", None), Some(5));
        assert_eq!(file.line("chain", Some("job")), None);
        assert_eq!(parse("chain: {jobs: 3}\n").unwrap().line("chain", Some("jobs")), None);
    }

    #[test]
    fn bad_files_are_named_with_their_line() {
        let error = parse("global:\n  jobs: [1\nchain: 2\n").unwrap_err();
        assert!(error.starts_with("config.yml:") && error.contains("not valid YAML"), "{error}");
        assert!(parse("- a\n- b\n").unwrap_err().starts_with("config.yml:1: expected sections"));
        let error = parse("\nchain: yes\n").unwrap().section("chain").unwrap_err();
        assert!(error.starts_with("config.yml:2: section `chain`"), "{error}");
    }
}

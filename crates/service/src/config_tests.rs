use super::*;
use clap::{Args, FromArgMatches};

#[derive(Debug, Args)]
struct Options {
    #[command(flatten)]
    common: crate::CommonOptions,
    #[arg(long, short = 'r', num_args(0..=1), default_value = "false",
          default_missing_value = "true")]
    reset: bool,
    #[arg(long)]
    peer: Vec<String>,
}

fn file(text: &str) -> ConfigFile {
    ConfigFile::parse(Path::new("/etc/koinos/config.yml"), text.to_owned()).unwrap()
}

fn try_layer(
    args: &[&str],
    env: &[(&str, &str)],
    files: &[ConfigFile],
) -> Result<Layered, ConfigError> {
    let command = Options::augment_args(Command::new("koinos-chain"));
    let args: Vec<OsString> =
        std::iter::once("koinos-chain").chain(args.iter().copied()).map(Into::into).collect();
    let lookup =
        |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    layer(&command, "chain", &args, lookup, files)
}

fn options(args: &[&str], env: &[(&str, &str)], files: &[ConfigFile]) -> Options {
    let layered = try_layer(args, env, files).unwrap();
    Options::from_arg_matches(&layered.matches).unwrap()
}

#[test]
fn each_layer_beats_the_one_below() {
    let config = file("global:\n  jobs: 1\nchain:\n  jobs: 2\n");
    let drop_in = file("global:\n  jobs: 3\n");
    let jobs = |args: &[&str], env: &[(&str, &str)], files: &[ConfigFile]| {
        options(args, env, files).common.jobs
    };
    assert_eq!(jobs(&[], &[], &[]), None);
    assert_eq!(jobs(&[], &[], &[file("global:\n  jobs: 1\n")]), Some(1));
    assert_eq!(jobs(&[], &[], std::slice::from_ref(&config)), Some(2));
    let files = [config, drop_in];
    assert_eq!(jobs(&[], &[], &files), Some(3));
    assert_eq!(jobs(&[], &[("KOINOS_JOBS", "4")], &files), Some(4));
    assert_eq!(jobs(&["-j", "5"], &[("KOINOS_JOBS", "4")], &files), Some(5));
    assert_eq!(jobs(&["-j", "5", "--jobs=6"], &[], &files), Some(6));
}

#[test]
fn a_flag_equal_to_the_default_still_beats_the_file() {
    let config = [file("chain:\n  reset: true\n  log-level: error\n")];
    assert!(options(&[], &[], &config).reset);
    let options = options(&["--reset=false", "-l", "info"], &[], &config);
    assert!(!options.reset);
    assert_eq!(options.common.log_level, crate::LogLevel::Info);
}

#[test]
fn switches_work_bare_and_with_a_value() {
    for (args, expected) in [
        (&["--reset"][..], true),
        (&["-r"], true),
        (&["--reset", "true"], true),
        (&["--reset=true"], true),
        (&["--reset", "false"], false),
        (&["-r", "--jobs", "3"], true),
        (&[], false),
    ] {
        assert_eq!(options(args, &[], &[]).reset, expected, "{args:?}");
    }
}

#[test]
fn lists_of_all_layers_are_joined() {
    let config = [file("global:\n  peer: [g1, g2]\nchain:\n  peer: s\n")];
    let peers = options(&["--peer", "c"], &[("KOINOS_PEER", "e1, e2")], &config).peer;
    assert_eq!(peers, ["c", "e1", "e2", "s", "g1", "g2"]);
}

#[test]
fn brokers_are_a_list_or_one_value_and_are_not_joined() {
    let files = [
        file("global:\n  amqp: amqp://below/\n"),
        file("global:\n  amqp:\n    - amqp://a/\n    - amqp://b/\n"),
    ];
    assert_eq!(options(&[], &[], &files).common.amqp, "amqp://a/,amqp://b/");
    assert_eq!(options(&[], &[("KOINOS_AMQP", "amqp://c/")], &files).common.amqp, "amqp://c/");
}

#[test]
fn origins_name_file_and_line() {
    let config = [file("global:\n  amqp: amqp://h/\nchain:\n  reset: true\n  peer: [a]\n")];
    let layered = try_layer(&["--peer=b"], &[("KOINOS_JOBS", "2")], &config).unwrap();
    let origin = |key: &str| {
        layered.origins[key].iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
    };
    assert_eq!(origin("amqp"), "/etc/koinos/config.yml:2 (global)");
    assert_eq!(origin("reset"), "/etc/koinos/config.yml:4 (chain)");
    assert_eq!(origin("peer"), "command line + /etc/koinos/config.yml:5 (chain)");
    assert_eq!(origin("jobs"), "environment variable KOINOS_JOBS");
    assert_eq!(origin("log-level"), "default");
}

fn error(args: &[&str], env: &[(&str, &str)], text: &str) -> String {
    try_layer(args, env, &[file(text)]).unwrap_err().to_string()
}

#[test]
fn wrong_values_name_their_place_and_the_cure() {
    assert_eq!(
        error(&[], &[], "chain:\n  jobs: many\n"),
        "/etc/koinos/config.yml:2: chain.jobs: invalid value 'many' for '--jobs <N>': invalid \
         digit found in string; correct or remove it"
    );
    let text = error(&[], &[], "global:\n  log-level: loud\n");
    assert!(
        text.starts_with("/etc/koinos/config.yml:2: global.log-level: invalid value"),
        "{text}"
    );
    assert!(text.contains("one of trace, debug, info, warning"), "{text}");
    assert_eq!(
        error(&[], &[], "chain:\n  jobs: [1, 2]\n"),
        "/etc/koinos/config.yml:2: chain.jobs takes one value, not a list; correct or remove it"
    );
    let text = error(&[], &[], "chain:\n  peer:\n    a: 1\n");
    assert!(text.contains("chain.peer takes a list of values, not a group of keys"), "{text}");
    let text = error(&[], &[("KOINOS_JOBS", "x")], "");
    assert!(text.starts_with("environment variable KOINOS_JOBS: invalid value 'x'"), "{text}");
    let text = error(&["--job", "1"], &[], "");
    assert!(text.contains("unexpected argument '--job'") && text.contains("--jobs"), "{text}");
}

#[test]
fn every_mistake_is_told_at_once() {
    let first = file("global:\n  jobs: many\nchain:\n  reset: [1]\n");
    let second = file("chain: 3\n");
    let text = try_layer(&[], &[("KOINOS_LOG_LEVEL", "x")], &[first, second]).unwrap_err();
    let text = text.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    for part in ["chain.reset takes one value", "section `chain`", "global.jobs", "LOG_LEVEL"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_has_no_effect_is_mentioned() {
    let text = "global:\n  pob-production: 3\nchain:\n  colour: red\n  basedir: /x\n";
    let warnings = try_layer(&[], &[], &[file(text)]).unwrap().warnings;
    assert_eq!(
        warnings,
        [
            "/etc/koinos/config.yml:4: unknown option chain.colour ignored",
            "/etc/koinos/config.yml:5: unknown option chain.basedir ignored"
        ]
    );
    let command = Options::augment_args(Command::new("x"));
    let spelled = [file("block-store:\n  jobs: 2\n")];
    let layered = layer(&command, "block_store", &["x".into()], |_| None, &spelled).unwrap();
    assert_eq!(
        layered.warnings,
        ["/etc/koinos/config.yml:1: section block-store ignored, write block_store"]
    );
}

#[test]
fn files_are_found_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let names = |config: Option<&Path>| -> Vec<String> {
        files(dir.path(), config)
            .unwrap()
            .iter()
            .map(|f| f.path().strip_prefix(dir.path()).unwrap().display().to_string())
            .collect()
    };
    assert!(names(None).is_empty());
    write("config.yaml", "");
    assert_eq!(names(None), ["config.yaml"]);
    write("config.yml", "");
    write("conf.d/20-b.yml", "");
    write("conf.d/10-a.yml", "");
    write("conf.d/notes.txt", "");
    assert_eq!(names(None), ["config.yml", "conf.d/10-a.yml", "conf.d/20-b.yml"]);
    let missing = dir.path().join("missing.yml");
    let text = files(dir.path(), Some(&missing)).unwrap_err().to_string();
    assert!(text.contains("missing.yml") && text.contains("--config"), "{text}");
}

#[test]
fn fragments_of_packages_come_first_and_can_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    };
    for name in ["vendor/50-a.yml", "vendor/60-b.yml", "etc/config.yml", "etc/conf.d/60-b.yml"] {
        write(name);
    }
    let config = dir.path().join("etc/config.yml");
    let found = files_over(Some(&dir.path().join("vendor")), dir.path(), Some(&config)).unwrap();
    let names: Vec<&Path> =
        found.iter().map(|file| file.path().strip_prefix(dir.path()).unwrap()).collect();
    assert_eq!(names, ["vendor/50-a.yml", "etc/config.yml", "etc/conf.d/60-b.yml"].map(Path::new));
}

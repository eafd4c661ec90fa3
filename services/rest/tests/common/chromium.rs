//! A browser that does as it is told, over pipes with the DevTools protocol: JSON with a zero byte
//! behind each message. It has to be installed (`scripts/install-deps.sh chromium`).

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use koinos_testkit::Daemon;
use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::LIMIT;

/// Arguments under which it shows nothing and asks nobody.
const QUIET: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
/// The browser reads commands from its descriptor 3 and answers on 4.
const START: &str = "exec chromium \"$@\" 3<\"$COMMANDS\" 4>\"$ANSWERS\"";

/// Functions for scripts: promises of what a function gives, now or after a change of the page, and of
/// the element that a selector means.
const FUNCTIONS: &str = "
const until = see => new Promise(seen => {
    const look = () => {
        const what = see();
        if (what) { watch.disconnect(); seen(what); }
    };
    const watch = new MutationObserver(look);
    watch.observe(document, { subtree: true, childList: true, attributes: true });
    look();
});
const find = what => until(() => document.querySelector(what));";

/// A browser with one page. It ends when this is dropped.
pub struct Browser {
    commands: File,
    answers: Receiver<Value>,
    count: u64,
    session: Option<String>,
    process: Daemon,
    _profile: TempDir,
}

impl Browser {
    /// Opens a page, and waits until it is loaded.
    pub fn open(url: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let [commands, answers] = ["commands", "answers"].map(|name| pipe(profile.path(), name));
        let mut command = Command::new("sh");
        command.args(["-c", START, "sh"]).args(QUIET).arg("--remote-debugging-pipe");
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        command.env("HOME", profile.path()).env("COMMANDS", &commands).env("ANSWERS", &answers);
        let process = Daemon::spawn(command).unwrap();
        // The shell opens the other ends, whether there is a browser or not.
        let commands = File::create(commands).unwrap();
        let answers = messages(File::open(answers).unwrap());
        let mut browser =
            Self { commands, answers, count: 0, session: None, process, _profile: profile };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", &attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        browser.call("Page.enable", &json!({}));
        browser.call("Page.navigate", &json!({ "url": url }));
        while browser.answer()["method"] != "Page.loadEventFired" {}
        browser
    }

    /// Runs the body of an asynchronous function in the page; says what it returns. `until(FUNCTION)`
    /// and `find(SELECTOR)` wait for what is not there yet.
    pub fn run(&mut self, script: &str) -> Value {
        let expression = format!("(async () => {{ {FUNCTIONS}\n{script} }})()");
        let call = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let done = self.call("Runtime.evaluate", &call);
        assert!(done["exceptionDetails"].is_null(), "{script}\n{done}");
        done["result"]["value"].clone()
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.count += 1;
        let mut call = json!({ "id": self.count, "method": method, "params": params });
        if let Some(session) = &self.session {
            call["sessionId"] = session.as_str().into();
        }
        let sent = self.commands.write_all(format!("{call}\0").as_bytes());
        sent.unwrap_or_else(|error| panic!("{error}\n{}", self.process.output()));
        loop {
            let mut answer = self.answer();
            if answer["id"] == self.count {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
        }
    }

    /// The next that the browser says: an answer or an event.
    fn answer(&self) -> Value {
        self.answers.recv_timeout(LIMIT).unwrap_or_else(|error| {
            panic!("the browser says no more: {error}\n{}", self.process.output())
        })
    }
}

fn pipe(directory: &Path, name: &str) -> std::path::PathBuf {
    let path = directory.join(name);
    mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
    path
}

fn messages(pipe: File) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let messages = BufReader::new(pipe).split(0).map_while(Result::ok);
        for message in messages.map_while(|text| serde_json::from_slice(&text).ok()) {
            // The receiver goes when enough was heard.
            let _ = sender.send(message);
        }
    });
    receiver
}

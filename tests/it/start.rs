//! A start: without the database from what was kept on disk, with a database that is late, and beside
//! another process.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use carom::accounts::token::Token;
use serde_json::{Map, Value, json};

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{get, request};
use crate::support::postgres::{Cluster, Database};
use crate::support::proxy::{Fault, Proxy};
use crate::support::wait::{SOON, eventually};

/// From the first instruction to the first redirect, with room for a busy machine and a debug build.
const AT_ONCE: Duration = Duration::from_secs(3);

/// For a store that came back to be found, read and believed.
const HEALED: Duration = Duration::from_secs(15);

fn options(database: &Database) -> Options {
    // Links are read again only when they were changed.
    Options::postgres(&database.url).set("CAROM_CACHE__SOFT_AGE_MS", 3_600_000)
}

/// Links that were asked for, so that a snapshot has them.
fn known_links(carom: &Carom, count: usize) -> Vec<Link> {
    let links: Vec<_> =
        (0..count).map(|place| carom.link_to(&format!("https://known{place}.example/"))).collect();
    for link in &links {
        assert_eq!(follow(carom, link), (302, Some(link.url.clone())));
    }
    links
}

fn follow(carom: &Carom, link: &Link) -> (u16, Option<String>) {
    let response = get(carom.edge(), &format!("/{}", link.code));
    (response.status, response.header("location").map(str::to_owned))
}

fn disable(carom: &Carom, link: &Link) {
    let path = format!("/api/v1/links/{}", link.id);
    let answer = carom.call("PATCH", &path, Some(&json!({ "state": "disabled" })));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn state(carom: &Carom) -> String {
    let body = get(carom.admin(), "/readyz").json();
    body["store"]["state"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

fn run(mut command: Command) -> (Output, Duration) {
    let began = Instant::now();
    let output = command.output().expect("it runs");
    (output, began.elapsed())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn links_of_the_snapshot_answer_without_the_database_and_their_clicks_are_counted_later() {
    let mut cluster = Cluster::start();
    let mut carom = Carom::start(options(&cluster.fresh_database()));
    let links = known_links(&carom, 20);
    let stored_only = carom.link_to("https://stored.example/");
    carom.key();
    assert!(carom.terminate().success());
    cluster.stop();

    let began = Instant::now();
    carom.restart();
    for link in &links {
        assert_eq!(follow(&carom, link), (302, Some(link.url.clone())));
    }
    let took = began.elapsed();
    assert!(took < AT_ONCE, "{took:?}");

    assert!(carom.printed().contains("not reached yet"), "{}", carom.printed());
    assert!(!carom.printed().contains("set-up"), "{}", carom.printed());
    eventually(SOON, "/readyz says that the store is away", || state(&carom) == "down");
    assert_eq!(carom.call("GET", "/api/v1/links", None).status, 503);
    assert_eq!(follow(&carom, &stored_only).0, 503, "never 404");

    cluster.start_again();
    eventually(HEALED, "/readyz says that it is back", || state(&carom) == "up");
    eventually(HEALED, "what only the store knows", || follow(&carom, &stored_only).0 == 302);
    for link in &links {
        eventually(HEALED, "the clicks of both processes", || carom.clicks(link).stored == 2);
    }
}

#[test]
fn a_kill_does_not_take_the_last_snapshot_with_it() {
    let mut cluster = Cluster::start();
    let options = options(&cluster.fresh_database()).set("CAROM_CACHE__SNAPSHOT_INTERVAL_S", 1);
    let mut carom = Carom::start(options);
    let links = known_links(&carom, 3);
    let snapshot = carom.data_dir().join("link-snapshot");
    let has_all = || {
        fs::read(&snapshot).is_ok_and(|bytes| {
            let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
            links.iter().all(|link| holds(&link.url))
        })
    };
    eventually(SOON, "a snapshot with all of them", has_all);
    carom.key();
    carom.kill();
    cluster.stop();

    carom.restart();
    for link in &links {
        assert_eq!(follow(&carom, link).0, 302);
    }
}

#[test]
fn a_ban_outlives_a_kill_and_an_older_snapshot() {
    let mut cluster = Cluster::start();
    let mut carom = Carom::start(options(&cluster.fresh_database()));
    let links = known_links(&carom, 3);
    // The snapshot is made by a good end, and is not made anew before the kill.
    carom.restart();
    disable(&carom, &links[1]);
    carom.kill();
    cluster.stop();

    carom.restart();
    assert_eq!(follow(&carom, &links[0]).0, 302);
    assert_eq!(follow(&carom, &links[1]).0, 503, "neither its old target nor unknown");
    assert_eq!(follow(&carom, &links[2]).0, 302);

    cluster.start_again();
    eventually(HEALED, "it is gone", || follow(&carom, &links[1]).0 == 410);
}

#[test]
fn what_was_changed_while_a_node_was_down_is_known_before_it_answers() {
    let cluster = Cluster::start();
    let mut carom = Carom::start(options(&cluster.fresh_database()));
    let links = known_links(&carom, 3);
    carom.key();
    assert!(carom.terminate().success());
    for arguments in [
        &["link", "edit", &links[0].code, "--url", "https://moved.example/"][..],
        &["link", "edit", &links[1].code, "--disable"],
    ] {
        let (output, _) = run(carom.command(arguments));
        assert!(output.status.success(), "{}", said(&output));
    }

    carom.restart();
    assert_eq!(follow(&carom, &links[0]).1.as_deref(), Some("https://moved.example/"));
    assert_eq!(follow(&carom, &links[1]).0, 410);
    assert_eq!(follow(&carom, &links[2]).0, 302);
}

#[test]
fn what_was_changed_while_neither_was_up_is_known_as_soon_as_the_store_is() {
    let mut cluster = Cluster::start();
    let database = cluster.fresh_database();
    let mut carom = Carom::start(options(&database));
    let links = known_links(&carom, 2);
    carom.key();
    assert!(carom.terminate().success());
    let (output, _) = run(carom.command(&["link", "edit", &links[0].code, "--disable"]));
    assert!(output.status.success(), "{}", said(&output));
    cluster.stop();

    carom.restart();
    assert_eq!(follow(&carom, &links[0]).0, 302, "nobody here knows better");
    cluster.start_again();
    eventually(HEALED, "it is gone", || follow(&carom, &links[0]).0 == 410);
    assert_eq!(follow(&carom, &links[1]).0, 302);
}

#[test]
fn a_damaged_snapshot_is_left_alone_and_said_once() {
    let mut cluster = Cluster::start();
    let database = cluster.fresh_database();
    let mut carom = Carom::start(options(&database).set("CAROM_STORE__START_WAIT_MS", 500));
    let links = known_links(&carom, 2);
    carom.key();
    assert!(carom.terminate().success());
    let snapshot = carom.data_dir().join("link-snapshot");
    let mut bytes = fs::read(&snapshot).expect("a snapshot");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&snapshot, &bytes).expect("damaged");

    carom.restart();
    let lines = |log: &str| log.lines().filter(|line| line.contains("the snapshot")).count();
    assert_eq!(lines(&carom.log()), 1, "{}", carom.log());
    assert_eq!(follow(&carom, &links[0]).0, 302, "from the store");
    assert!(carom.terminate().success());

    // Without the store nothing is left to answer from.
    fs::write(&snapshot, &bytes).expect("damaged");
    cluster.stop();
    let mut command = carom.command(&["serve", "--edge-listen=127.0.0.1:0"]);
    command.args(["--admin-listen=127.0.0.1:0"]).env("CAROM_STORE__START_WAIT_MS", "300");
    let (output, _) = run(command);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(said(&output).contains("the store is unavailable"), "{}", said(&output));
}

#[test]
fn a_database_that_is_late_is_waited_for() {
    let mut cluster = Cluster::start();
    let database = cluster.fresh_database();
    let proxy = Proxy::to(cluster.address());
    cluster.stop();
    let options = Options::postgres(&proxy.url(&database.url));
    std::thread::scope(|scope| {
        let starting = scope.spawn(|| Carom::start(options));
        eventually(SOON, "it asks for its store", || proxy.met() > 1);
        cluster.start_again();
        let carom = starting.join().expect("it starts");
        assert_eq!(state(&carom), "up");
    });
}

#[test]
fn another_database_than_the_snapshots_is_never_used() {
    let cluster = Cluster::start();
    let database = cluster.fresh_database();
    let proxy = Proxy::to(cluster.address());
    let mut carom = Carom::start(
        Options::postgres(&proxy.url(&database.url)).set("CAROM_CACHE__SOFT_AGE_MS", 3_600_000),
    );
    let links = known_links(&carom, 1);
    carom.key();
    assert!(carom.terminate().success());
    proxy.set(Fault::BlackHole);
    proxy.cut_all();
    carom.restart();
    assert_eq!(follow(&carom, &links[0]).0, 302);

    // Its address leads to a database that was made anew.
    database.execute(
        "DO $$ DECLARE name text; BEGIN
             FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
                 EXECUTE 'DROP TABLE ' || quote_ident(name) || ' CASCADE';
             END LOOP;
         END $$",
    );
    proxy.set(Fault::None);
    proxy.cut_all();
    let status = carom.wait_for_end();
    assert!(!status.success(), "{status}");
    // Its clicks are for the store they were made for.
    let (output, _) = run(carom.command(&["journal", "list"]));
    assert!(output.status.success(), "{}", said(&output));
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(listed.contains("foreign store"), "{listed}");
}

/// What a server has printed on the set-up, once it has printed all.
fn said_of_set_up(carom: &Carom) -> Option<String> {
    let printed = carom.printed();
    let line = printed.lines().find_map(|line| line.trim().strip_prefix("set-up"));
    line.map(|line| line.trim().to_owned())
}

fn operator(carom: &Carom, words: &[&str]) -> String {
    let output = carom.command(words).output().expect("it runs");
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_store_without_people_offers_a_set_up_address_once() {
    let mut carom = Carom::start(Options::sqlite());
    let offered = eventually(SOON, "the address is offered", || said_of_set_up(&carom));
    let file = offered.split(' ').next().expect("a path").to_owned();
    let address = fs::read_to_string(&file).expect("the address's file can be read");
    let (place, token) = address.trim().split_once('#').expect("a token in the fragment");
    assert_eq!(place, format!("http://{}/set-up", carom.admin()));
    // For its owner alone to read, and in no log.
    let mode = fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!carom.printed().contains(token) && !carom.log().contains(token));
    let digest = Token::parse(token).expect("a token").digest_text();
    let store = carom.data_dir().join("carom.db");
    let kept = |store: &Path| -> String {
        let store = rusqlite::Connection::open(store).expect("the store's file");
        let row = "SELECT value FROM facts WHERE name = 'setup'";
        store.query_row(row, [], |row| row.get(0)).expect("the row")
    };
    assert_eq!(kept(&store), digest);

    // A shell makes of what is printed for programs what a server can read.
    let how_to = eventually(SOON, "how programs use it", || {
        let printed = carom.printed();
        let rest = printed.split_once("or with a program:").map(|(_, rest)| rest.to_owned());
        rest.filter(|rest| rest.contains("/api/v1/setup"))
    });
    let script = format!("curl() {{ for word; do printf '%s\\0' \"$word\"; done; }}\n{how_to}");
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    let words = String::from_utf8(output.stdout).expect("text");
    let words: Vec<&str> = words.split('\0').collect();
    let body = words.iter().skip_while(|word| **word != "-d").nth(1).expect("a body");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {body}"));
    assert_eq!((&body["token"], body.as_object().map(Map::len)), (&json!(token), Some(4)));
    let url = format!("http://{}/api/v1/setup", carom.admin());
    assert!(words.contains(&url.as_str()), "{words:?}");

    carom.restart();
    let said = eventually(SOON, "that it was shown", || said_of_set_up(&carom));
    assert!(said.contains("nobody has an account yet"), "{said}");
    eventually(SOON, "what to do", || carom.printed().contains("`carom user setup-link`"));
    assert_eq!(kept(&store), digest, "the one that was shown still works");
    let another = operator(&carom, &["user", "setup-link", "--json"]);
    let another: Value = serde_json::from_str(&another).expect("JSON");
    let another = Token::parse(another["token"].as_str().expect("a token")).expect("a token");
    assert_eq!(kept(&store), another.digest_text());

    operator(&carom, &["user", "create", "--owner", "--email", "ada@example.com"]);
    carom.restart();
    let (_, printed) = carom.terminate_and_read();
    assert!(printed.contains("  admin ") && !printed.contains("set-up"), "{printed}");
    assert_eq!(kept(&store), "done");
}

#[test]
fn the_address_that_is_offered_makes_the_first_account() {
    let carom = Carom::start(Options::sqlite());
    let offered = eventually(SOON, "the address is offered", || said_of_set_up(&carom));
    let file = offered.split(' ').next().expect("a path");
    let address = fs::read_to_string(file).expect("the address's file can be read");
    let (_, token) = address.trim().split_once('#').expect("a token in the fragment");
    let body = json!({
        "token": token, "email": "ada@example.com", "name": "Ada", "password": "a long password"
    });
    let ask = || {
        let headers = [("content-type", "application/json")];
        request(carom.admin(), "POST", "/api/v1/setup", &headers, body.to_string().as_bytes())
            .status
    };
    assert_eq!((ask(), ask()), (201, 404));
    let people = operator(&carom, &["user", "list", "--json"]);
    let people: Value = serde_json::from_str(&people).expect("JSON");
    assert_eq!(people[0]["email"], "ada@example.com");
}

#[test]
fn a_node_that_cannot_show_the_set_up_address_leaves_it_to_another() {
    let mut carom = Carom::start(Options::sqlite().set("CAROM_NODE__ROLE", "edge"));
    carom.key();
    let (status, printed) = carom.terminate_and_read();
    assert!(status.success() && !printed.contains("set-up"), "{printed}");
    carom.unset("CAROM_NODE__ROLE");

    carom.restart();

    let offered = eventually(SOON, "the address is offered", || said_of_set_up(&carom));
    assert!(offered.starts_with('/'), "{offered}");
}

#[test]
fn a_second_process_on_the_same_directory_is_refused() {
    let carom = Carom::start(Options::sqlite());
    let mut command = carom.command(&["serve", "--edge-listen=127.0.0.1:0"]);
    command.arg("--admin-listen=127.0.0.1:0");
    let (output, _) = run(command);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let said = said(&output);
    assert!(said.contains("in use by another carom"), "{said}");
    assert!(said.contains("its own data directory"), "{said}");
    assert_eq!(get(carom.edge(), "/nothing").status, 404, "the first one goes on");
}

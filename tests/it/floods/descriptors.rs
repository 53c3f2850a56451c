//! File descriptors: shared out at the start, and what happens when there are none all the same.

use std::time::{Duration, Instant};

use crate::support::carom::{Carom, Options};
use crate::support::crowd::Crowd;
use crate::support::http::{Connection, get};
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

/// How soon somebody is let in again, and what a busy machine may add.
const LET_IN: Duration = Duration::from_secs(1);
const NOISE: Duration = Duration::from_secs(1);

/// Of one core, over a second in which nobody is served: a loop without a pause takes all of it.
const CPU_MAX_MS: u64 = 400;

/// Begins the server under limits of the shell's.
fn under(limit: &str, options: Options) -> Options {
    let script = format!("ulimit {limit} && exec \"$@\"");
    options.lead(["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()])
}

fn not_accepted(carom: &Carom) -> u64 {
    carom.metric("connections_total{event=\"not_accepted\"}")
}

/// What the server spends on a core in a second.
fn cpu_of_a_second(carom: &Carom) -> u64 {
    let (before, began) = (carom.cpu_ms(), Instant::now());
    eventually(SOON, "a second has passed", || began.elapsed() >= Duration::from_secs(1));
    (carom.cpu_ms() - before) * 1000 / began.elapsed().as_millis() as u64
}

#[test]
fn the_limit_is_raised_to_what_is_allowed_and_nothing_is_said() {
    let options = Options::sqlite()
        .patient()
        .set("CAROM_EDGE__CONNECTIONS_MAX", 200)
        .set("CAROM_ADMIN__CONNECTIONS_MAX", 20);
    let carom = Carom::start(under("-Sn 128", options));
    assert_eq!(carom.descriptors_max(), rustix_hard_limit());
    assert!(!carom.log().contains("may open"), "{}", carom.log());
}

fn rustix_hard_limit() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.maximum.expect("a hard limit on this machine")
}

#[test]
fn a_thousand_clients_of_a_server_with_256_descriptors_do_not_bring_it_down() {
    let carom = Carom::start(under("-n 256", Options::sqlite().patient()));
    assert_eq!(
        carom.log().matches("this process may open 256 files").count(),
        1,
        "{}",
        carom.log()
    );
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    assert_eq!(get(carom.edge(), &path).status, 302);

    let mut crowd = Crowd::come(carom.edge(), 1_000);
    crowd.ask(|_| path.clone());
    let answers = crowd.answers();
    assert!(answers.get(&302).is_some_and(|served| *served > 50), "{answers:?}");
    assert!(answers.keys().all(|status| matches!(status, 0 | 302)), "{answers:?}");

    let began = Instant::now();
    eventually(SOON, "a newcomer is served", || {
        let mut newcomer = Connection::open(carom.edge());
        let sent = newcomer.try_send("GET", &path, &[], b"");
        sent.and_then(|()| newcomer.try_read_response()).is_ok_and(|it| it.status == 302)
    });
    assert!(began.elapsed() < LET_IN + NOISE, "after {:?}", began.elapsed());
    // The budget holds: room is made before the descriptors are gone.
    assert_eq!(not_accepted(&carom), 0);
    assert!(carom.descriptors().len() < 256);
    assert_eq!(get(carom.admin(), "/healthz").status, 200, "the admin side has its share");
    let cpu = cpu_of_a_second(&carom);
    assert!(cpu < CPU_MAX_MS, "{cpu} ms of a second with nobody to serve");
}

fn what_is_open_without_connections_is_within_the_reserve(options: Options) {
    let options = options.set("CAROM_EDGE__THREADS", 2);
    let carom = Carom::start(under("-n 256", options));
    let link = carom.link_to("https://example.com/");
    for _ in 0..100 {
        assert_eq!(get(carom.edge(), &format!("/{}", link.code)).status, 302);
        assert_eq!(get(carom.edge(), "/unknown").status, 404);
    }
    carom.stored_clicks(&link, SOON);
    let open = carom.descriptors().len();
    // Forty, 56 for each thread, and the store.
    assert!(open <= 40 + 2 * 56, "{open} are open");
}

#[test]
fn what_is_open_without_connections_is_within_the_reserve_on_sqlite() {
    what_is_open_without_connections_is_within_the_reserve(Options::sqlite().patient());
}

#[test]
fn what_is_open_without_connections_is_within_the_reserve_on_postgres() {
    let database = fresh_database();
    what_is_open_without_connections_is_within_the_reserve(
        Options::postgres(&database.url).patient(),
    );
}

/// A server of one thread, and a limit beyond which it can open nothing.
fn with_a_link() -> (Carom, String) {
    let options = Options::sqlite().patient().set("CAROM_EDGE__THREADS", 1);
    // Half a request is to last as long as its test.
    let carom = Carom::start(
        options
            .set("CAROM_EDGE__HEADER_TIMEOUT_MS", 120_000)
            .set("CAROM_EDGE__REQUEST_TIMEOUT_MS", 120_000),
    );
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    assert_eq!(get(carom.edge(), &path).status, 302);
    carom.stored_clicks(&link, SOON);
    (carom, path)
}

/// Leaves no number free: forbids those beyond the highest in use, and takes those between by calling
/// `fill` for each. (Forbidding those beyond a gap would forbid what is given up in its place, too.)
fn leave_no_descriptor(carom: &Carom, fill: impl FnMut(u64)) {
    let open = carom.descriptors();
    let max = open.last().expect("the standard streams") + 1;
    carom.limit_descriptors(max);
    (open.len() as u64..max).for_each(fill);
}

#[test]
fn idle_connections_make_room_when_there_are_no_descriptors() {
    let (carom, path) = with_a_link();
    let mut idle: Vec<_> = (0..20)
        .map(|_| {
            let mut connection = Connection::open(carom.edge());
            connection.send("GET", &path, &[], b"");
            assert_eq!(connection.read_response().status, 302);
            connection
        })
        .collect();
    let before = not_accepted(&carom);
    let mut fillers = Vec::new();
    leave_no_descriptor(&carom, |_| fillers.push(Connection::open(carom.edge())));

    for _ in 0..5 {
        let began = Instant::now();
        let mut newcomer = Connection::open(carom.edge());
        newcomer.send("GET", &path, &[], b"");
        assert_eq!(newcomer.read_response().status, 302, "the longest idle one made room");
        assert!(began.elapsed() < LET_IN + NOISE, "after {:?}", began.elapsed());
        idle.push(newcomer);
    }

    carom.limit_descriptors(rustix_hard_limit());
    assert!(not_accepted(&carom) > before, "there was none");
    let closed = idle.iter_mut().map(Connection::is_closed).filter(|it| *it).count();
    assert!((1..15).contains(&closed), "{closed} had to go");
    assert_eq!(carom.log().matches("cannot accept connections").count(), 1, "said once");
}

#[test]
fn without_descriptors_and_with_everybody_busy_it_neither_spins_nor_locks_up() {
    let (carom, path) = with_a_link();
    let mut busy: Vec<_> = (0..20)
        .map(|_| {
            let mut connection = Connection::open(carom.edge());
            connection.send_raw(format!("GET {path} HTTP/1.1\r\nHost: a\r\n").as_bytes());
            connection
        })
        .collect();
    assert_eq!(get(carom.edge(), &path).status, 302, "their halves have been read");
    let mut fillers = Vec::new();
    leave_no_descriptor(&carom, |_| {
        let mut filler = Connection::open(carom.edge());
        filler.send_raw(b"GET /");
        fillers.push(filler);
    });

    let mut turned_away: Vec<_> = (0..30).map(|_| Connection::open(carom.edge())).collect();
    // Not to all of them: a segment of the journal that is left gives its descriptor to somebody.
    eventually(SOON, "the door is closed to them", || {
        turned_away.iter_mut().map(Connection::is_closed).filter(|it| *it).count() >= 20
    });
    // More wait at the port than it lets go between two pauses, all the time.
    let crowd = Crowd::come(carom.edge(), 2_000);
    let cpu = cpu_of_a_second(&carom);
    assert!(cpu < CPU_MAX_MS, "{cpu} ms of a second in which nothing can be done");
    drop(crowd);

    for connection in &mut busy {
        connection.send_raw(b"\r\n");
        assert_eq!(connection.read_response().status, 302, "who is in is served");
    }
    drop((busy, fillers));
    let began = Instant::now();
    eventually(SOON, "a newcomer is served", || {
        let mut newcomer = Connection::open(carom.edge());
        let sent = newcomer.try_send("GET", &path, &[], b"");
        sent.and_then(|()| newcomer.try_read_response()).is_ok_and(|it| it.status == 302)
    });
    assert!(began.elapsed() < LET_IN + NOISE, "after {:?}", began.elapsed());
    carom.limit_descriptors(rustix_hard_limit());
    assert!(not_accepted(&carom) > 0, "there was none");
}

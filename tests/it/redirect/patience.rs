//! Slow, idle and too many clients: each is let go on time, and none gets in the way of others.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::wait::{SOON, eventually};

/// A deadline that a test can wait for.
const SHORT_MS: u64 = 300;

/// A deadline is met to within a sweep of 250 ms; the rest is for a busy machine.
const LET_GO: Duration = Duration::from_secs(5);

/// Long enough to tell a closed connection from an open one before its deadline.
const EARLY: Duration = Duration::from_millis(SHORT_MS / 2);

fn with_link(options: Options) -> (Carom, String) {
    let carom = Carom::start(options);
    let link = carom.link_to("https://example.com/");
    (carom, format!("/{}", link.code))
}

/// Whether this is what a closed connection looks like from here.
fn is_end(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

/// Runs `while_slow` and checks that an ordinary client is served all the while.
fn others_are_served(carom: &Carom, path: &str, while_slow: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let slow = scope.spawn(while_slow);
        let mut answered = 0;
        while !slow.is_finished() || answered == 0 {
            let began = Instant::now();
            assert_eq!(get(carom.edge(), path).status, 302);
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            answered += 1;
        }
        slow.join().expect("no panic");
    });
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let options = Options::sqlite().set("CAROM_EDGE__HEADER_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    others_are_served(&carom, &path, || {
        let began = Instant::now();
        let mut connection = Connection::open(carom.edge());
        assert_eq!(connection.read_to_close(LET_GO), b"");
        assert!(began.elapsed() > EARLY, "after {:?}", began.elapsed());
    });
}

#[test]
fn half_a_request_is_not_waited_for() {
    let options = Options::sqlite().set("CAROM_EDGE__HEADER_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    others_are_served(&carom, &path, || {
        for half in ["G", "GET /half", "GET /half HTTP/1.1\r\nHost: a\r\n"] {
            let began = Instant::now();
            let mut connection = Connection::open(carom.edge());
            connection.send_raw(half.as_bytes());
            let said = connection.read_to_close(LET_GO);
            assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408"), "{half}");
            assert!(began.elapsed() > EARLY, "{half}: after {:?}", began.elapsed());
        }
    });
}

#[test]
fn headers_that_drip_do_not_buy_time() {
    let options = Options::sqlite().set("CAROM_EDGE__HEADER_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    others_are_served(&carom, &path, || {
        let mut connection = Connection::open(carom.edge());
        connection.send_raw(b"GET /drip HTTP/1.1\r\nHost: a\r\n");
        eventually(LET_GO, "the server has enough", || {
            // A byte every 10 ms, for as long as it takes them.
            connection.try_send_raw(b"x").is_err() || connection.is_closed()
        });
    });
}

#[test]
fn a_crowd_that_is_slow_in_every_phase_is_let_go() {
    let options = Options::sqlite()
        .set("CAROM_EDGE__HEADER_TIMEOUT_MS", SHORT_MS)
        .set("CAROM_EDGE__IDLE_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    let whole = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    others_are_served(&carom, &path, || {
        let beginnings = [
            "\r\n",
            "G",
            "GET /",
            "GET /x HTTP/1.1",
            "GET /x HTTP/1.1\r\n",
            "GET /x HTTP/1.1\r\nHost: a\r\nX",
            "GET /x HTTP/1.1\r\nHost: a\r\nX: ",
            "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            &whole,
            &format!("{whole}G"),
        ];
        let mut crowd: Vec<_> = beginnings
            .iter()
            .cycle()
            .take(5 * beginnings.len())
            .map(|beginning| {
                let mut connection = Connection::open(carom.edge());
                connection.send_raw(beginning.as_bytes());
                connection
            })
            .collect();
        eventually(2 * LET_GO, "the server has enough of all of them", || {
            // A byte each every 10 ms.
            crowd.retain_mut(|slow| slow.try_send_raw(b"x").is_ok() && !slow.is_closed());
            crowd.is_empty()
        });
    });
}

#[test]
fn the_next_request_of_a_connection_has_its_own_time() {
    let options = Options::sqlite().set("CAROM_EDGE__HEADER_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    let mut connection = Connection::open(carom.edge());
    let began = Instant::now();
    // Several headers' time in all, each within it.
    while began.elapsed() < Duration::from_millis(4 * SHORT_MS) {
        connection.send("GET", &path, &[], b"");
        assert_eq!(connection.read_response().status, 302);
    }

    // Idle now, which has a time of its own; half of the next request begins another.
    connection.send_raw(b"GET /half");
    assert_eq!(connection.read_to_close(LET_GO), b"");
}

#[test]
fn half_a_request_that_came_with_a_whole_one_is_not_waited_for() {
    let options = Options::sqlite().set("CAROM_EDGE__HEADER_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    let mut connection = Connection::open(carom.edge());

    // Read together with the request before it, it must have its own deadline all the same.
    connection.send_raw(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\nGET /half").as_bytes());

    assert_eq!(connection.read_response().status, 302);
    assert_eq!(connection.read_to_close(LET_GO), b"");
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    let options = Options::sqlite().set("CAROM_EDGE__IDLE_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    others_are_served(&carom, &path, || {
        let mut connection = Connection::open(carom.edge());
        connection.send("GET", &path, &[], b"");
        assert_eq!(connection.read_response().status, 302);
        let began = Instant::now();
        assert_eq!(connection.read_to_close(LET_GO), b"");
        assert!(began.elapsed() > EARLY, "after {:?}", began.elapsed());
    });
}

#[test]
fn a_client_that_does_not_read_is_let_go() {
    let options = Options::sqlite().set("CAROM_EDGE__WRITE_TIMEOUT_MS", SHORT_MS);
    let (carom, path) = with_link(options);
    others_are_served(&carom, &path, || {
        let mut connection = Connection::open(carom.edge());
        let many = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").repeat(200);
        let began = Instant::now();
        // Until its answers fill every buffer on the way, and the server gives up on us.
        while let Ok(()) = connection.try_send_raw(many.as_bytes()) {
            assert!(began.elapsed() < 2 * SOON, "it takes requests for ever");
        }
        assert!(began.elapsed() < 2 * SOON, "after {:?}", began.elapsed());
    });
}

#[test]
fn an_old_connection_is_closed_between_two_requests() {
    let options = Options::sqlite().set("CAROM_EDGE__CONNECTION_AGE_MAX_S", 1);
    let (carom, path) = with_link(options);
    let mut connection = Connection::open(carom.edge());
    let began = Instant::now();
    eventually(SOON, "the server closes it", || {
        let sent = connection.try_send("GET", &path, &[], b"");
        match sent.and_then(|()| connection.try_read_response()) {
            Ok(response) => {
                assert_eq!(response.status, 302);
                response.closes()
            }
            // Our request and its closing crossed.
            Err(error) => {
                assert!(is_end(error.kind()), "{error}");
                true
            }
        }
    });
    assert!(began.elapsed() >= Duration::from_millis(900), "after {:?}", began.elapsed());
    assert_eq!(connection.read_to_close(LET_GO), b"", "nothing is cut off half-way");
}

#[test]
fn idle_connections_make_room_for_newcomers() {
    let options =
        Options::sqlite().set("CAROM_EDGE__CONNECTIONS_MAX", 8).set("CAROM_EDGE__THREADS", 1);
    let (carom, path) = with_link(options);
    let mut idle: Vec<_> = (0..8)
        .map(|_| {
            let mut connection = Connection::open(carom.edge());
            connection.send("GET", &path, &[], b"");
            assert_eq!(connection.read_response().status, 302);
            connection
        })
        .collect();

    for _ in 0..20 {
        assert_eq!(get(carom.edge(), &path).status, 302, "a newcomer is let in");
    }

    let closed = idle.iter_mut().filter_map(|connection| connection.is_closed().then_some(()));
    assert!(closed.count() > 0, "somebody had to go");
}

#[test]
fn silent_connections_do_not_lock_newcomers_out() {
    let options =
        Options::sqlite().set("CAROM_EDGE__CONNECTIONS_MAX", 16).set("CAROM_EDGE__THREADS", 2);
    let (carom, path) = with_link(options);
    let _silent: Vec<_> = (0..64).filter_map(|_| Connection::try_open(carom.edge()).ok()).collect();

    for _ in 0..20 {
        assert_eq!(get(carom.edge(), &path).status, 302, "a newcomer is let in");
    }
}

#[test]
fn one_address_cannot_take_every_connection() {
    let options = Options::sqlite().set("CAROM_EDGE__CONNECTIONS_PER_ADDRESS_MAX", 3);
    let (carom, path) = with_link(options);
    let mut held: Vec<_> = (0..3)
        .map(|_| {
            let mut connection = Connection::open(carom.edge());
            connection.send("GET", &path, &[], b"");
            assert_eq!(connection.read_response().status, 302);
            connection
        })
        .collect();

    let mut fourth = Connection::open(carom.edge());
    let refused = fourth.try_send("GET", &path, &[], b"").and_then(|()| fourth.try_read_response());
    assert!(refused.is_err_and(|error| is_end(error.kind())));

    // The others are served, and a place that is given up is free.
    for connection in &mut held {
        connection.send("GET", &path, &[], b"");
        assert_eq!(connection.read_response().status, 302);
    }
    held.pop();
    eventually(SOON, "the place is free", || {
        let mut next = Connection::open(carom.edge());
        let sent = next.try_send("GET", &path, &[], b"");
        sent.and_then(|()| next.try_read_response()).is_ok_and(|response| response.status == 302)
    });
}

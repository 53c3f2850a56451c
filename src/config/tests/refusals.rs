//! Each kind of refusal, by its sentence.

use super::{Config, environment, file, problems};

#[test]
fn unknown_names_are_refused_with_what_was_meant() {
    for (layers, sentence) in [
        (
            file("[edge]\nlisen = \"x\"\n"),
            "`edge.lisen` (carom.toml line 2) is no key: did you mean `edge.listen`?",
        ),
        (
            file("[clicks]\ncolour = \"x\"\n"),
            "`clicks.colour` (carom.toml line 2) is no key: the keys of `[clicks]` are \
             flush_interval_ms, geo_database, hours_kept_days, journal_kept_s, journal_mib_max, \
             user_agents_per_second_max, visits_kept_days",
        ),
        (
            file("[egde]\nlisten = \"x\"\nthreads = 1\n"),
            "`[egde]` (carom.toml line 1) is no section: did you mean `[edge]`?",
        ),
        (
            file("[webserver]\n"),
            "`[webserver]` (carom.toml line 1) is no section: the sections are admin, backup, \
             cache, clicks, data, domains, edge, links, log, mail, node, oidc, shutdown, store",
        ),
        (
            file("level = \"debug\"\n"),
            "`level` (carom.toml line 1) stands in no section and means nothing there: did you \
             mean `log.level`?",
        ),
        (
            file("[edge.tls]\non = true\n"),
            "`edge.tls` (carom.toml line 1) is no key: the keys of `[edge]` are \
             connection_age_max_s, connections_max, connections_per_address_max, \
             forwarded_header, header_timeout_ms, idle_timeout_ms, listen, \
             misses_per_address_per_second_max, request_timeout_ms, threads, trusted_proxies, \
             write_timeout_ms",
        ),
        (
            environment(&[("CAROM_EDGE__LISEN", "x")]),
            "the environment variable CAROM_EDGE__LISEN sets no key: did you mean \
             `CAROM_EDGE__LISTEN`?",
        ),
        (
            environment(&[("CAROM_DATA__COLOUR", "x")]),
            "the environment variable CAROM_DATA__COLOUR sets no key: the keys of `[data]` are dir",
        ),
        (
            environment(&[("CAROM_EDGE_LISTEN", "x")]),
            "the environment variable CAROM_EDGE_LISTEN sets no key: did you mean \
             `CAROM_EDGE__LISTEN`?",
        ),
        (
            environment(&[("CAROM_STORE", "x")]),
            "the environment variable CAROM_STORE sets no key: did you mean \
             `CAROM_STORE__LOCATION`?",
        ),
    ] {
        assert_eq!(problems(layers), [sentence]);
    }
}

#[test]
fn variables_of_others_are_passed_over() {
    let kubernetes =
        [("CAROM_PORT", "tcp://10.0.0.1:80"), ("CAROM_ADMIN_SERVICE_HOST", "10.0.0.1")];
    assert_eq!(problems(environment(&kubernetes)), Vec::<String>::new());
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    for (layers, sentence) in [
        (
            file("[edge]\nlisten = 8080\n"),
            "edge.listen (carom.toml line 2) is a whole number, and must be a text",
        ),
        (
            file("[edge]\nthreads = \"many\"\n"),
            "edge.threads (carom.toml line 2) is a text, and must be a whole number",
        ),
        (
            file("[edge]\nthreads = 1.5\n"),
            "edge.threads (carom.toml line 2) is a number with a fraction, and must be a whole \
             number",
        ),
        (
            environment(&[("CAROM_EDGE__THREADS", "many")]),
            "edge.threads (the environment variable CAROM_EDGE__THREADS) is a text, and must be a \
             whole number",
        ),
        (
            file("[oidc]\ncreate_users = 1\n"),
            "oidc.create_users (carom.toml line 2) is a whole number, and must be true or false",
        ),
        (
            environment(&[("CAROM_OIDC__LINK_BY_EMAIL", "yes")]),
            "oidc.link_by_email (the environment variable CAROM_OIDC__LINK_BY_EMAIL) is a text, and \
             must be true or false",
        ),
        (
            file("[edge]\nlisten = \n"),
            "carom.toml line 2 is not TOML: string values must be quoted, expected literal string",
        ),
    ] {
        assert_eq!(problems(layers), [sentence]);
    }
}

#[test]
fn a_wrong_kind_is_refused_even_where_a_layer_above_overrules_it() {
    let mut layers = file("[edge]\nthreads = \"many\"\n");
    layers.environment.insert("CAROM_EDGE__THREADS".to_owned(), "2".to_owned());
    assert_eq!(problems(layers).len(), 1);
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for (variable, value, sentence) in [
        (
            "CAROM_EDGE__LISTEN",
            "localhost:80",
            "edge.listen is `localhost:80` (the environment variable CAROM_EDGE__LISTEN), which is \
             no IP address with a port: write one such as 127.0.0.1:8080 or [::]:8080",
        ),
        (
            "CAROM_LINKS__CODE_LENGTH",
            "3",
            "links.code_length is `3` (the environment variable CAROM_LINKS__CODE_LENGTH), which \
             must be a number from 4 to 32",
        ),
        (
            "CAROM_CLICKS__FLUSH_INTERVAL_MS",
            "-1",
            "clicks.flush_interval_ms is `-1` (the environment variable \
             CAROM_CLICKS__FLUSH_INTERVAL_MS), which must be a number from 50 to 60000",
        ),
        (
            "CAROM_DATA__DIR",
            " ",
            "data.dir is ` ` (the environment variable CAROM_DATA__DIR), which names no directory: \
             write a path such as /var/lib/carom",
        ),
        (
            "CAROM_LINKS__PUBLIC_URL",
            "https://go.example/s/",
            "links.public_url is `https://go.example/s/` (the environment variable \
             CAROM_LINKS__PUBLIC_URL), which has a path, a query or a fragment: write a scheme and \
             a host, such as https://go.example, and no more",
        ),
        (
            "CAROM_ADMIN__PUBLIC_URL",
            "https://admin.example/carom",
            "admin.public_url is `https://admin.example/carom` (the environment variable \
             CAROM_ADMIN__PUBLIC_URL), which has a path, a query or a fragment: write a scheme and \
             a host, such as https://admin.example, and no more",
        ),
        (
            "CAROM_LOG__LEVEL",
            "loud",
            "log.level is `loud` (the environment variable CAROM_LOG__LEVEL), which is no log \
             level: write error, warn, info, debug, trace, or a filter such as \
             info,carom::cache=debug",
        ),
        (
            "CAROM_LOG__FORMAT",
            "xml",
            "log.format is `xml` (the environment variable CAROM_LOG__FORMAT), which is no form of \
             a log: write text or json",
        ),
        (
            "CAROM_STORE__LOCATION",
            "mysql",
            "store.location is `mysql` (the environment variable CAROM_STORE__LOCATION), which \
             names no store: write `sqlite`, `sqlite:FILE` or \
             `postgres://USER:PASSWORD@HOST:PORT/DATABASE`",
        ),
    ] {
        assert_eq!(problems(environment(&[(variable, value)])), [sentence]);
    }
}

#[test]
fn more_bad_values_are_refused() {
    for (variable, value) in [
        ("CAROM_STORE__REDIRECT_CONNECTIONS", "0"),
        ("CAROM_STORE__STATEMENT_TIMEOUT_MS", "10001"),
        ("CAROM_EDGE__CONNECTIONS_MAX", "0"),
        ("CAROM_EDGE__THREADS", "1025"),
        ("CAROM_EDGE__THREADS", "99999999999999999999"),
        ("CAROM_CACHE__LINKS_MAX", "0"),
        ("CAROM_CLICKS__FLUSH_INTERVAL_MS", "49"),
        ("CAROM_CLICKS__FLUSH_INTERVAL_MS", "60001"),
        ("CAROM_LINKS__CODE_LENGTH", "33"),
        ("CAROM_LINKS__PUBLIC_URL", "go.example"),
        ("CAROM_LINKS__PUBLIC_URL", "ftp://go.example"),
        ("CAROM_LINKS__PUBLIC_URL", "https://me@go.example"),
        ("CAROM_LINKS__PUBLIC_URL", "https://go.example?x"),
        ("CAROM_OIDC__ISSUER", "http://login.example"),
        ("CAROM_OIDC__NAME", " "),
        ("CAROM_OIDC__EMAIL_DOMAINS", "@example.com"),
        ("CAROM_MAIL__SMTP", "mail.example:25"),
        ("CAROM_MAIL__SMTP", "smtp://me:secret@mail.example?tls=none"),
        ("CAROM_MAIL__FROM", "Carom"),
        ("CAROM_LOG__LEVEL", ""),
        ("CAROM_LOG__LEVEL", "info,loud"),
        ("CAROM_LOG__LEVEL", "carom=loud"),
    ] {
        assert_eq!(problems(environment(&[(variable, value)])).len(), 1, "{variable}={value}");
    }
}

#[test]
fn filters_and_levels_in_any_case_are_taken() {
    for level in ["WARN", "info,carom::cache=debug", "off", "error,hyper=info"] {
        let layers = environment(&[("CAROM_LOG__LEVEL", level)]);
        assert_eq!(problems(layers), Vec::<String>::new(), "{level}");
    }
}

#[test]
fn contradictions_are_refused() {
    for (text, sentence) in [
        (
            "[edge]\nlisten = \"127.0.0.1:9\"\n[admin]\nlisten = \"127.0.0.1:9\"\n",
            "edge.listen `127.0.0.1:9` (carom.toml line 2) and admin.listen `127.0.0.1:9` \
             (carom.toml line 4) want the same port: give one of them another",
        ),
        (
            "[cache]\nhard_age_ms = 1000\n",
            "cache.soft_age_ms `60000` (the default) is more than cache.hard_age_ms `1000` \
             (carom.toml line 2), so that no link would be read again while it answers: lower the \
             first or raise the second",
        ),
        (
            "[edge]\nconnections_max = 10\nconnections_per_address_max = 20\n",
            "edge.connections_per_address_max `20` (carom.toml line 3) is more than \
             edge.connections_max `10` (carom.toml line 2), which counts all addresses together: \
             lower the first or raise the second",
        ),
        (
            "[oidc]\nissuer = \"https://login.example\"\n",
            "oidc.issuer `https://login.example` (carom.toml line 2) needs oidc.client_id, which is \
             empty: set it",
        ),
        (
            "[mail]\nsmtp = \"smtps://me:secret@mail.example\"\n",
            "mail.smtp `smtps://…@mail.example` (carom.toml line 2) needs mail.from, which is empty: \
             set it",
        ),
    ] {
        assert_eq!(problems(file(text)), [sentence]);
    }
}

#[test]
fn listeners_meet_only_where_the_kernel_says_so() {
    for (edge, admin, meets) in [
        ("127.0.0.1:0", "127.0.0.1:0", false),
        ("127.0.0.1:9", "127.0.0.2:9", false),
        ("0.0.0.0:9", "127.0.0.1:9", true),
        ("127.0.0.1:9", "[::]:9", true),
        ("0.0.0.0:9", "[::1]:9", false),
        ("[::]:9", "[::1]:9", true),
    ] {
        let layers = environment(&[("CAROM_EDGE__LISTEN", edge), ("CAROM_ADMIN__LISTEN", admin)]);
        assert_eq!(!problems(layers).is_empty(), meets, "{edge} {admin}");
    }
}

#[test]
fn a_low_limit_of_connections_needs_no_other() {
    let layers = environment(&[("CAROM_EDGE__CONNECTIONS_MAX", "10")]);
    assert_eq!(problems(layers), Vec::<String>::new());
}

#[test]
fn all_problems_are_told_at_once() {
    let mut layers = file("[edge]\nlisen = 1\nthreads = 5000\n");
    layers.environment.insert("CAROM_LOG__FORMAT".to_owned(), "xml".to_owned());
    assert_eq!(problems(layers).len(), 3);
}

#[test]
fn a_postgres_in_the_environment_must_be_named_or_denied() {
    let sentence = "the environment variable PGHOST speaks of a Postgres, and no layer names the \
                    store: name it with `--store postgres://…`, or with `--store sqlite` for the \
                    file";
    assert_eq!(problems(environment(&[("PGHOST", "db")])), [sentence]);
    for (name, value) in [
        ("PGSERVICE", "carom"),
        ("PGPASSFILE", "/run/pass"),
        ("POSTGRES_PASSWORD", "secret"),
        ("DATABASE_URL", "postgres://me:secret@db/carom"),
        ("DATABASE_URL", "postgresql://me:secret@db/carom"),
    ] {
        let told = problems(environment(&[(name, value)]));
        assert_eq!(told.len(), 1, "{name}");
        assert!(told[0].contains(name) && !told[0].contains("secret"), "{told:?}");
        let mut named = environment(&[(name, value)]);
        named.flags.store = Some("sqlite".to_owned());
        assert_eq!(problems(named), Vec::<String>::new(), "{name}");
    }
    for (name, value) in [("PGID", "1000"), ("PGHOST", ""), ("DATABASE_URL", "mysql://db/x")] {
        assert_eq!(problems(environment(&[(name, value)])), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn no_refusal_shows_a_password() {
    for value in ["mysql://me:secret@db/x", "host=db password=secret", "sqlite me:secret@db"] {
        let told = problems(environment(&[("CAROM_STORE__LOCATION", value)]));
        assert!(!told.is_empty() && !told.concat().contains("secret"), "{told:?}");
    }
    let layers = environment(&[
        ("CAROM_STORE__LOCATION", "postgres://me:secret@db/carom"),
        ("CAROM_LINKS__PUBLIC_URL", "https://me:secret@go.example"),
        ("CAROM_ADMIN__PUBLIC_URL", "https://me:secret@admin.example"),
        ("CAROM_OIDC__ISSUER", "https://me:secret@login.example"),
        ("CAROM_MAIL__SMTP", "smtps://me:secret@mail.example/inbox"),
        ("CAROM_STORE__LOCATON", "postgres://me:secret@db/carom"),
    ]);
    let errors = Config::load(layers).expect_err("bad values");
    assert!(!errors.to_string().contains("secret"), "{errors}");
    let file = file("[store]\nlocation = [\"postgres://me:secret@db/carom\"]\n");
    let errors = Config::load(file).expect_err("a list");
    assert!(!errors.to_string().contains("secret"), "{errors}");
    let unquoted = self::file("[store]\nlocation = postgres://me:secret@db/carom\n");
    let errors = Config::load(unquoted).expect_err("no TOML");
    assert!(!errors.to_string().contains("secret"), "{errors}");
}

//! Accounts, and the way back in for people who cannot sign in.

use carom::accounts::password::Passwords;
use carom::accounts::token::Token;
use carom::hashing::Hashing;
use carom::store::audit::{self, Filter};
use carom::store::sessions::{self, Factor, NewSession};
use carom::store::users::{self, Credentials, NewTotp};
use carom::store::{facts, setup};
use serde_json::json;

use super::place::Place;

on_both!(
    the_first_account_owns_the_workspace_and_its_password_is_shown_once,
    a_password_comes_from_standard_input,
    an_account_is_made_for_a_workspace,
    a_lost_password_is_replaced_and_all_sessions_end,
    somebody_is_kept_out_and_let_in_again,
    a_lost_second_factor_is_taken_away,
    a_lost_set_up_address_is_replaced_until_there_is_an_account,
);

#[track_caller]
fn credentials(place: &Place, email: &str) -> Credentials {
    let found = place.in_store(async |store| users::find_by_email(store, email).await);
    found.expect("an answer").expect("an account")
}

#[track_caller]
fn opens(place: &Place, email: &str, password: &str) -> bool {
    let stored = credentials(place, email).password;
    place.in_store(async |_| {
        Passwords::new(Hashing::start()).verify(password.to_owned(), stored).await
    })
}

/// Signs somebody in.
fn sign_in(place: &Place, email: &str) {
    let user = credentials(place, email).user;
    let (digest, agent, network) = (Token::random().digest(), String::new(), String::new());
    let new = NewSession { digest, agent, network };
    place
        .in_store(async |store| sessions::begin(store, user, Factor::None, new).await)
        .expect("a session");
}

fn sessions_of(place: &Place, email: &str) -> usize {
    let id = credentials(place, email).user.id;
    place.in_store(async |store| sessions::list(store, id).await).expect("a list").len()
}

/// What the operator was told to have done, in the order of the alphabet.
fn deeds(place: &Place) -> Vec<String> {
    let told = place.in_store(async |store| {
        let workspace = facts::default_workspace(store).await.expect("a workspace");
        let (subject, actor, action, from, before) = (None, None, None, None, None);
        let filter = Filter { workspace, subject, actor, action, from, before, limit: 100 };
        audit::list(store, &filter).await.expect("a log")
    });
    assert!(told.iter().all(|entry| entry.actor.name == "operator"), "{told:?}");
    let mut actions: Vec<_> = told.into_iter().map(|entry| entry.action).collect();
    actions.sort_unstable();
    actions
}

fn the_first_account_owns_the_workspace_and_its_password_is_shown_once(place: &Place) {
    let made = place.json(&["user", "create", "--email", "Ada@Example.com"]);

    let password = made["password"].as_str().expect("a password");
    assert!(password.len() >= 20 && opens(place, "ada@example.com", password), "{made}");
    assert_eq!((&made["email"], &made["name"]), (&json!("Ada@Example.com"), &json!("Ada")));
    let membership = &made["memberships"][0];
    assert_eq!((&membership["name"], &membership["role"]), (&json!("default"), &json!("owner")));
    let second = place.text(&["user", "create", "--email", "bob@example.com", "--name", "Bob B."]);
    assert!(second.contains("Bob B.") && second.contains("no workspace yet"), "{second}");
    assert!(second.contains("it is not shown again"), "{second}");
    let shown = second.lines().find_map(|line| line.strip_prefix("password")).expect("a line");
    assert!(opens(place, "bob@example.com", shown.trim()), "{second}");

    let list = place.json(&["user", "list"]);
    let emails: Vec<_> = list.as_array().expect("a list").iter().map(|it| &it["email"]).collect();
    assert_eq!(emails, ["Ada@Example.com", "bob@example.com"]);
    assert_eq!(
        (&list[0]["state"], &list[0]["has_second_factor"]),
        (&json!("active"), &json!(false))
    );
    let text = place.text(&["user", "list"]);
    for listed in [&list.to_string(), &text] {
        assert!(!listed.contains(password) && !listed.contains("argon2"), "{listed}");
    }
    let again = ["user", "create", "--email", "ADA@example.com"];
    let (code, said) = place.failure(&again);
    assert_eq!(code, 4);
    assert!(said.contains("somebody has an account with the address ADA@example.com"), "{said}");
}

fn a_password_comes_from_standard_input(place: &Place) {
    let create = ["user", "create", "--email", "ada@example.com", "--password-stdin"];
    for (input, why) in [
        ("too short\n", "a password has 10 to 256 characters"),
        ("", "a password has 10 to 256 characters"),
        ("\ncorrect horse battery\n", "a password has 10 to 256 characters"),
        ("ADA@example.com\n", "the e-mail address is no password"),
    ] {
        let output = place.run_with_input(&create, input);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (output.status.code(), said.contains(why)),
            (Some(2), true),
            "{input:?}: {said}"
        );
    }
    assert_eq!(place.json(&["user", "list"]), json!([]));

    let output = place.run_with_input(&create, "correct horse battery\r\nand no more");

    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0));
    assert!(!printed.contains("correct horse") && !printed.contains("password"), "{printed}");
    assert!(opens(place, "ada@example.com", "correct horse battery"));
    let words =
        [&create[..2], &["--email", "b@example.com", "--password", "correct horse"]].concat();
    assert_eq!(place.failure(&words).0, 2, "everybody on the machine could read it");
}

fn an_account_is_made_for_a_workspace(place: &Place) {
    let other = place.json(&["workspace", "create", "Other"]);
    let create = |email, words: &[&str]| {
        place.json(&[&["user", "create", "--email", email], words].concat())["memberships"].clone()
    };
    let belongs = |name: &str, role: &str| {
        let default = place.json(&["workspace", "list"])[0]["id"].clone();
        let id = if name == "Other" { other["id"].clone() } else { default };
        json!([{ "workspace": id, "name": name, "role": role }])
    };

    let named = create("a@example.com", &["--workspace", "Other", "--role", "viewer"]);
    assert_eq!(named, belongs("Other", "viewer"), "also the first one, if that is said");
    let default = create("b@example.com", &["--role", "editor"]);
    assert_eq!(default, belongs("default", "editor"));
    assert_eq!(create("c@example.com", &["--owner"]), belongs("default", "owner"));
    let id = other["id"].as_str().expect("an id");
    let owner = create("d@example.com", &["--workspace", id, "--owner"]);
    assert_eq!(owner, belongs("Other", "owner"));
    assert_eq!(create("e@example.com", &[]), json!([]));

    let create = ["user", "create", "--email", "f@example.com"];
    for (words, code, why) in [
        (&["--workspace", "Other"][..], 2, "--role"),
        (&["--role", "viewer", "--owner"], 2, "cannot be used with"),
        (&["--role", "king"], 2, "carom: `king` is no role: choose viewer, editor, admin or owner"),
        (&["--workspace", "None", "--owner"], 3, "no workspace has the id or the name `None`"),
        (&["--name", "a\u{7}b"], 2, "carom: a name has 1 to 128 characters"),
    ] {
        let (exit, said) = place.failure(&[&create[..], words].concat());
        assert!(exit == code && said.contains(why), "{words:?}: {exit} {said}");
    }
    let (code, said) = place.failure(&["user", "create", "--email", "nobody"]);
    assert!(code == 2 && said.starts_with("carom: that is no e-mail address"), "{code} {said}");
    assert_eq!(place.json(&["user", "list"]).as_array().map(Vec::len), Some(5));
}

fn a_lost_password_is_replaced_and_all_sessions_end(place: &Place) {
    let made = place.json(&["user", "create", "--email", "ada@example.com"]);
    let first = made["password"].as_str().expect("a password");
    sign_in(place, "ada@example.com");
    sign_in(place, "ada@example.com");
    assert_eq!(sessions_of(place, "ada@example.com"), 2);

    let reset = place.json(&["user", "reset-password", "ADA@example.com"]);

    let second = reset["password"].as_str().expect("a password");
    assert_eq!(sessions_of(place, "ada@example.com"), 0);
    assert!(opens(place, "ada@example.com", second) && !opens(place, "ada@example.com", first));
    sign_in(place, "ada@example.com");
    let words = ["user", "reset-password", "ada@example.com", "--password-stdin"];
    let output = place.run_with_input(&words, "correct horse battery");
    let printed = String::from_utf8(output.stdout).expect("text");
    let expected = "ada@example.com has another password, and all their sessions have ended\n";
    assert_eq!((output.status.code(), printed.as_str()), (Some(0), expected));
    assert_eq!(sessions_of(place, "ada@example.com"), 0);
    assert!(opens(place, "ada@example.com", "correct horse battery"));

    let (code, said) = place.failure(&["user", "reset-password", "eve@example.com"]);
    assert_eq!(code, 3);
    let expected =
        "carom: nobody here has the address eve@example.com: `carom user list` shows everybody";
    assert_eq!(said, expected);
    let deeds = deeds(place);
    assert_eq!(deeds.iter().filter(|deed| *deed == "user.password_changed").count(), 2);
}

fn somebody_is_kept_out_and_let_in_again(place: &Place) {
    place.json(&["user", "create", "--email", "ada@example.com"]);
    sign_in(place, "ada@example.com");

    let disabled = place.text(&["user", "disable", "ada@example.com"]);

    let expected = "ada@example.com may not sign in any more, and all their sessions have ended\n";
    assert_eq!(disabled, expected);
    assert_eq!(sessions_of(place, "ada@example.com"), 0);
    assert_eq!(place.json(&["user", "list"])[0]["state"], "disabled");
    let reset = place.text(&["user", "reset-password", "ada@example.com"]);
    assert!(reset.contains("they may not sign in: `carom user enable ada@example.com`"), "{reset}");
    assert_eq!(place.json(&["user", "enable", "ada@example.com"])["state"], "active");
    sign_in(place, "ada@example.com");
    let deeds = deeds(place);
    assert!(deeds.contains(&"user.disabled".into()) && deeds.contains(&"user.enabled".into()));
}

fn a_lost_second_factor_is_taken_away(place: &Place) {
    place.json(&["user", "create", "--email", "ada@example.com"]);
    let id = credentials(place, "ada@example.com").user.id;
    let totp = NewTotp { secret: vec![1; 20], step: 1, recovery: vec![vec![2; 32]] };
    place.in_store(async |store| users::add_totp(store, id, totp).await).expect("a second factor");
    assert_eq!(place.json(&["user", "list"])[0]["has_second_factor"], true);

    let removed = place.json(&["user", "remove-second-factor", "ada@example.com"]);

    assert_eq!(removed["removed"], true);
    assert!(!credentials(place, "ada@example.com").user.has_totp);
    let again = place.text(&["user", "remove-second-factor", "ada@example.com"]);
    assert_eq!(again, "ada@example.com had no second factor\n");
}

fn a_lost_set_up_address_is_replaced_until_there_is_an_account(place: &Place) {
    let offer = || -> String {
        let offered = place.json(&["user", "setup-link"]);
        let token = offered["token"].as_str().expect("a token").to_owned();
        assert_eq!(offered["url"], format!("http://127.0.0.1:8081/set-up#{token}"));
        Token::parse(&token).expect("a token").digest_text()
    };
    let is_open = |digest: &str| {
        place.in_store(async |store| setup::is_open(store, digest).await).expect("an answer")
    };
    let first = offer();
    assert!(is_open(&first));
    let second = offer();
    assert!(!is_open(&first) && is_open(&second));
    let text = place.text(&["user", "setup-link"]);
    assert!(text.contains("http://127.0.0.1:8081/set-up#"), "{text}");
    assert!(!is_open(&second));
    assert_eq!(deeds(place), ["setup.offered"; 3]);

    place.json(&["user", "create", "--email", "ada@example.com"]);

    let (code, said) = place.failure(&["user", "setup-link"]);
    assert!(code == 4 && said.contains("there is no set-up any more"), "{code} {said}");
}

#[test]
fn the_address_of_the_set_up_is_the_one_that_the_configuration_says() {
    let place = Place::sqlite();
    let file = place.directory.path().join("carom.toml");
    std::fs::write(file, "[admin]\nlisten = \"0.0.0.0:9000\"\n").expect("a file");
    let offered = place.json(&["user", "setup-link"]);
    let url = offered["url"].as_str().expect("a URL");
    assert!(url.starts_with("http://127.0.0.1:9000/set-up#"), "{url}");
    let file = place.directory.path().join("carom.toml");
    std::fs::write(file, "[admin]\npublic_url = \"https://admin.example\"\n").expect("a file");
    let offered = place.json(&["user", "setup-link"]);
    let url = offered["url"].as_str().expect("a URL");
    assert!(url.starts_with("https://admin.example/set-up#"), "{url}");
}

//! A small company: a coffee roastery in the mountains, its people, keys, domains and links.

/// The host of the first domain's links, as the server is told, and that of the second domain.
pub(crate) const HOST: &str = "alpenglow.example";
pub(crate) const SECOND_HOST: &str = "brew.alpenglow.example";

/// Somebody who works there.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) role: &'static str,
}

/// Whoever signs in for a look; an account of theirs is made by `carom user create`.
pub(crate) const OWNER: Person =
    Person { name: "Maya Lindner", email: "maya@alpenglow.example", role: "owner" };

/// Everybody else.
pub(crate) const PEOPLE: [Person; 4] = [
    Person { name: "Jonas Weber", email: "jonas@alpenglow.example", role: "admin" },
    Person { name: "Amira Haddad", email: "amira@alpenglow.example", role: "editor" },
    Person { name: "Tom Okafor", email: "tom@alpenglow.example", role: "editor" },
    Person { name: "Sofia Rossi", email: "sofia@alpenglow.example", role: "viewer" },
];

/// A program's key.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) scopes: &'static str,
    pub(crate) used_minutes_ago: Option<i64>,
    pub(crate) expires_in_days: Option<i64>,
}

pub(crate) const KEYS: [Key; 4] = [
    Key {
        name: "Web shop",
        scopes: "links:read links:write",
        used_minutes_ago: Some(4),
        expires_in_days: None,
    },
    Key {
        name: "Newsletter",
        scopes: "links:write stats:read",
        used_minutes_ago: Some(60 * 26),
        expires_in_days: Some(120),
    },
    Key {
        name: "Weekly report",
        scopes: "stats:read",
        used_minutes_ago: Some(60 * 24 * 5),
        expires_in_days: Some(12),
    },
    Key {
        name: "Label printer",
        scopes: "links:read",
        used_minutes_ago: None,
        expires_in_days: None,
    },
];

/// A link as the company made it, the most followed first: code, title, path, tags.
pub(crate) type Made = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// Links from here on are on the second domain.
pub(crate) const FIRST_OF_SECOND_DOMAIN: usize = 44;

pub(crate) const LINKS: [Made; 60] = [
    ("autumn", "Autumn roast: the whole collection", "/shop/autumn", &["campaign", "shop"]),
    ("menu", "Café menu, on every table", "/cafe/menu", &["café", "print"]),
    ("bag", "Bag label: how to brew this coffee", "/brew/guide", &["print"]),
    ("subscribe", "Coffee subscription", "/shop/subscription", &["campaign", "shop"]),
    ("insta", "Link in bio", "/now", &["social"]),
    ("yirgacheffe", "Ethiopia Yirgacheffe, washed", "/shop/yirgacheffe", &["shop"]),
    ("newsletter", "Sign up for the newsletter", "/newsletter", &["newsletter"]),
    ("barista", "Barista course for beginners", "/courses/barista-1", &["courses"]),
    ("v60", "Pour-over in three minutes", "/brew/v60", &["brewing"]),
    ("gift", "Gift cards", "/shop/gift-cards", &["shop"]),
    ("huila", "Colombia Huila, natural", "/shop/huila", &["shop"]),
    ("jobs", "We are hiring: roaster and barista", "/jobs", &["people"]),
    ("espresso", "Dialling in espresso", "/brew/espresso", &["brewing"]),
    ("hours", "Opening hours and directions", "/cafe/visit", &["café"]),
    ("decaf", "Decaf that tastes of coffee", "/shop/decaf", &["shop"]),
    ("antigua", "Guatemala Antigua, honey", "/shop/antigua", &["shop"]),
    ("tour", "Roastery tour, every Saturday", "/courses/tour", &["café", "courses"]),
    ("grind", "Which grind for which brewer", "/brew/grind", &["brewing", "print"]),
    ("huts", "Our coffee on alpine huts", "/partners/huts", &["partners"]),
    ("wholesale", "Wholesale price list", "/wholesale", &["partners"]),
    ("latte-art", "Latte art evening", "/courses/latte-art", &["courses"]),
    ("filter", "Filter coffee at home: the film", "/brew/film", &["brewing", "social"]),
    ("kenya", "Kenya Nyeri AA", "/shop/nyeri", &["shop"]),
    ("farm", "The farm in Sidama", "/stories/sidama", &["stories"]),
    ("water", "Why water matters", "/brew/water", &["brewing"]),
    ("map", "Cafés that pour our coffee", "/cafe/map", &["café", "partners"]),
    ("review", "Leave a review", "/review", &["café", "print"]),
    ("grinder", "Hand grinder, back in stock", "/shop/grinder", &["shop"]),
    ("press", "Press kit", "/press", &["press"]),
    ("cupping", "Public cupping, first Friday", "/courses/cupping", &["courses"]),
    ("spring", "Spring roast: the collection", "/shop/spring", &["campaign", "shop"]),
    ("aeropress", "Aeropress: our recipe", "/brew/aeropress", &["brewing"]),
    ("returns", "Returns and refunds", "/help/returns", &["help"]),
    ("allergens", "Allergens in the café", "/cafe/allergens", &["café", "print"]),
    ("survey", "Two questions about your order", "/survey/order", &["newsletter"]),
    ("filters", "Paper filters, sizes 1 to 4", "/shop/filters", &["shop"]),
    ("office", "Coffee for your office", "/wholesale/office", &["partners"]),
    ("fair", "Meet us at the coffee fair", "/events/fair", &["events"]),
    ("podcast", "The roaster on the radio", "/stories/radio", &["press", "stories"]),
    ("carbon", "How we roast with waste heat", "/stories/heat", &["stories"]),
    ("sumatra", "Sumatra Gayo", "/shop/gayo", &["shop"]),
    ("terms", "Terms and conditions", "/help/terms", &["help"]),
    ("wifi", "Café Wi-Fi: house rules", "/cafe/wifi", &["café", "print"]),
    ("advent", "Advent calendar: 24 coffees", "/shop/advent", &["campaign", "shop"]),
    ("guide", "Brewing guides, all of them", "/brew", &["brewing"]),
    ("ratio", "Coffee to water: the calculator", "/brew/ratio", &["brewing"]),
    ("cold", "Cold brew overnight", "/brew/cold", &["brewing"]),
    ("moka", "Moka pot without the bitterness", "/brew/moka", &["brewing"]),
    ("french-press", "French press, four minutes", "/brew/french-press", &["brewing"]),
    ("milk", "Milk: temperature and foam", "/brew/milk", &["brewing"]),
    ("descale", "Descale a machine", "/help/descale", &["brewing", "help"]),
    ("storage", "How to keep beans fresh", "/brew/storage", &["brewing", "print"]),
    ("kids", "Babyccino and other secrets", "/brew/kids", &["brewing"]),
    ("travel", "Good coffee in a tent", "/brew/travel", &["brewing", "social"]),
    ("scale", "Scales we use", "/shop/scales", &["shop"]),
    ("kettle", "Kettles we use", "/shop/kettles", &["shop"]),
    ("taste", "The flavour wheel", "/brew/taste", &["brewing", "courses"]),
    ("live", "Brew along: the live stream", "/live", &["social"]),
    ("faq", "Questions about brewing", "/help/brewing", &["brewing", "help"]),
    ("beta", "Try the new recipe app", "/app/beta", &["social"]),
];

/// What the many links of a large store are about: title, path, tags.
pub(crate) const MANY: [(&str, &str, &[&str]); 8] = [
    ("Order confirmation", "/orders", &["shop"]),
    ("Recipe card", "/recipes", &["brewing", "print"]),
    ("Newsletter article", "/news", &["newsletter"]),
    ("Product page", "/shop/item", &["shop"]),
    ("Table booking", "/cafe/booking", &["café"]),
    ("Course voucher", "/courses/voucher", &["courses"]),
    ("Partner offer", "/partners/offer", &["campaign", "partners"]),
    ("Customer story", "/stories", &["social", "stories"]),
];

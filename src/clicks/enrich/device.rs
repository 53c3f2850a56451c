//! The class of a device: what a person holds or sits at.
//!
//! uap-core's families of devices are thousands of models; its systems and a few words of the user
//! agent say more about the class:
//!
//! | class | by |
//! |---|---|
//! | bot | a known program, whatever it claims to run on |
//! | other | televisions, consoles, watches, headsets; whatever is unknown |
//! | tablet | iPad, Kindle, "Tablet" (not Windows' "Tablet PC"), Android's browser without "Mobile" |
//! | phone | iPhone, iPod, Android, the old phone systems, "Mobile" |
//! | desktop | Windows, macOS, Linux, BSD, Chrome OS |
//!
//! An iPad that asks for desktop pages, as it does by default, says that it is a Mac, and counts as
//! one.

/// What a person holds or sits at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeviceClass {
    /// A computer with a keyboard.
    Desktop,
    /// A telephone.
    Phone,
    /// A tablet or a reader.
    Tablet,
    /// A program.
    Bot,
    /// Anything else, and the unknown.
    Other,
}

impl DeviceClass {
    /// Its name as a value.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Bot => "bot",
            Self::Other => "other",
        }
    }
}

/// Words of televisions, consoles, watches, headsets and cars, in whose user agents the words of
/// phones stand too.
const NEITHER_HELD_NOR_SAT_AT: [&str; 28] = [
    "AppleTV",
    "Apple TV",
    "AppleWatch",
    "Watch OS",
    "BRAVIA",
    "CrKey",
    "GoogleTV",
    "Google TV",
    "HbbTV",
    "InettvBrowser",
    "NetCast",
    "Nintendo",
    "OculusBrowser",
    "PlayStation",
    "PLAYSTATION",
    "; Quest",
    "Roku",
    "SMART-TV",
    "SmartTV",
    "Smart TV",
    "SmartWatch",
    "Tizen/TV",
    "TV Safari",
    "Viera",
    "VIDAA",
    "VR Build",
    "Web0S",
    "Xbox",
];

/// Words of Fire TV and Android TV, which call themselves Android without "Mobile".
const TELEVISION_MODELS: [&str; 4] = ["; AFT", "Android TV", "ATV", "MiTV"];

const PHONE_SYSTEMS: [&str; 17] = [
    "Windows Phone",
    "Windows Mobile",
    "Windows CE",
    "BlackBerry OS",
    "Firefox OS",
    "KaiOS",
    "Symbian OS",
    "Symbian^3",
    "Symbian^3 Anna",
    "Symbian^3 Belle",
    "Nokia Series 30 Plus",
    "Nokia Series 40",
    "Bada",
    "MeeGo",
    "Maemo",
    "Brew MP",
    "HarmonyOS",
];

/// The class by what the user agent says and what uap-core calls its system and device.
pub(super) fn class(user_agent: &str, system: Option<&str>, device: Option<&str>) -> DeviceClass {
    let system = system.unwrap_or_default();
    let device = device.unwrap_or_default();
    let says = |word: &str| user_agent.contains(word);
    let says_any = |words: &[&str]| words.iter().any(|word| says(word));

    if says_any(&NEITHER_HELD_NOR_SAT_AT)
        || (system == "Android" && says_any(&TELEVISION_MODELS))
        || matches!(system, "tvOS" | "ATV OS X" | "watchOS" | "WatchOS" | "webOS TV")
    {
        return DeviceClass::Other;
    }
    let is_tablet = device.starts_with("iPad")
        || device.starts_with("Kindle")
        || device == "Generic Tablet"
        || says("iPad")
        || (says("Tablet") && !says("Tablet PC"))
        || matches!(system, "BlackBerry Tablet OS" | "webOS");
    if is_tablet {
        return DeviceClass::Tablet;
    }
    if system == "Android" {
        // Only browsers leave "Mobile" away for a tablet; an app's own agent never says it.
        let is_browser = user_agent.starts_with("Mozilla/");
        let is_phone = !is_browser || says("Mobile") || says("Opera Mini");
        return if is_phone { DeviceClass::Phone } else { DeviceClass::Tablet };
    }
    let is_phone = system == "iOS"
        || PHONE_SYSTEMS.contains(&system)
        || matches!(device, "iPhone" | "iPod" | "Generic Smartphone" | "Generic Feature Phone");
    if is_phone {
        return DeviceClass::Phone;
    }
    if is_desktop(system) {
        return DeviceClass::Desktop;
    }
    if says_any(&["Mobile", "Phone", "MIDP", "Opera Mini"]) {
        DeviceClass::Phone
    } else {
        DeviceClass::Other
    }
}

fn is_desktop(system: &str) -> bool {
    const NAMES: [&str; 21] = [
        "Mac OS X",
        "Mac OS",
        "Linux",
        "Chrome OS",
        "Arch Linux",
        "BackTrack",
        "CentOS",
        "Debian",
        "Fedora",
        "Gentoo",
        "Kubuntu",
        "Linux Mint",
        "Lubuntu",
        "Mageia",
        "Mandriva",
        "PCLinuxOS",
        "Red Hat",
        "Slackware",
        "Solaris",
        "Ubuntu",
        "SerenityOS",
    ];
    system.starts_with("Windows")
        || system.ends_with("BSD")
        || system.ends_with("SUSE")
        || NAMES.contains(&system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_systems_tell_the_class() {
        for (user_agent, system, device, expected) in [
            ("Mozilla/5.0 (Windows NT 6.1; Tablet PC 2.0)", "Windows", "", DeviceClass::Desktop),
            ("Mozilla/5.0 (Android 15; Tablet; rv:140.0)", "Android", "", DeviceClass::Tablet),
            ("Mozilla/5.0 (Android 15; Mobile; rv:140.0)", "Android", "", DeviceClass::Phone),
            ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)", "Android", "", DeviceClass::Phone),
            ("Mozilla/5.0 (Linux; Android 9; AFTMM) Silk/1", "Android", "", DeviceClass::Other),
            ("Podcasts/1 CFNetwork/1408 Darwin/22", "iOS", "iOS-Device", DeviceClass::Phone),
            ("Mozilla/5.0 (X11; OpenBSD amd64)", "OpenBSD", "", DeviceClass::Desktop),
            ("Nokia6100/1.0 (04.01) Profile/MIDP-1.0", "", "Nokia 6100", DeviceClass::Phone),
            ("something", "", "", DeviceClass::Other),
        ] {
            assert_eq!(class(user_agent, Some(system), Some(device)), expected, "{user_agent}");
        }
    }
}

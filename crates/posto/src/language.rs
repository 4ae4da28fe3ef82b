//! Portuguese or English, never mixed.

use clap::ValueEnum;

/// The language of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Portuguese
    Pt,
    /// English
    En,
}

impl Language {
    /// The language of the environment (`LC_ALL`, `LC_MESSAGES`, `LANG`, the first that is set);
    /// `default` where it says nothing, or `C`.
    pub fn of_environment(default: Self) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
        let locale = set.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
        Self::of_locale(&locale, default)
    }

    fn of_locale(locale: &str, default: Self) -> Self {
        let language = locale.split(['_', '.', '@']).next().unwrap_or_default();
        match language {
            "" | "C" | "POSIX" => default,
            "pt" => Self::Pt,
            _ => Self::En,
        }
    }

    /// The text in this language, of two that were made for it.
    pub fn choose(self, pt: String, en: String) -> String {
        match self {
            Self::Pt => pt,
            Self::En => en,
        }
    }

    /// The text in this language.
    pub const fn pick<T>(self, pt: T, en: T) -> T
    where
        T: Copy,
    {
        match self {
            Self::Pt => pt,
            Self::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_where_it_says_something() {
        for (locale, expected) in [
            ("pt_BR.UTF-8", Language::Pt),
            ("pt", Language::Pt),
            ("en_US.UTF-8", Language::En),
            ("de_DE", Language::En),
            ("C.UTF-8", Language::Pt),
            ("", Language::Pt),
        ] {
            assert_eq!(Language::of_locale(locale, Language::Pt), expected, "{locale:?}");
        }
    }
}

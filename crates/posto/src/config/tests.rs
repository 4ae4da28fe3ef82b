use super::*;

fn mistakes_of(settings: Settings) -> Vec<String> {
    let error = Config::read(settings).expect_err("the settings are bad").to_string();
    error.lines().map(str::to_owned).collect()
}

fn with_file(path: &std::path::Path) -> Settings {
    let mut settings = Settings::default();
    settings.common.config = Some(path.to_string_lossy().into_owned());
    settings
}

#[test]
fn every_mistake_is_told_at_once() {
    let mut settings = Settings::default();
    settings.server.udp = Some("nowhere".to_owned());
    settings.server.currency = Some("real".to_owned());
    settings.server.session_ports = Some("9-1".to_owned());
    settings.server.keep_history = Some("23h".to_owned());
    settings.server.seed = Some("/does/not/exist".to_owned());
    settings.gateway.tiles = Some("ftp://tiles".to_owned());
    settings.common.log = Some("xml".to_owned());
    let mistakes = mistakes_of(settings);
    assert_eq!(mistakes.len(), 7, "{mistakes:#?}");
    assert!(mistakes.iter().any(|mistake| mistake.contains("POSTO_SESSION_PORTS")), "{mistakes:#?}");
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("posto.toml");
    std::fs::write(&path, "udp = '127.0.0.1:7001'\nhttp = '127.0.0.1:7002'\nverbose = true\n").unwrap();
    let mut settings = with_file(&path);
    settings.server.udp = Some("127.0.0.1:7003".to_owned());
    let config = Config::read(settings).unwrap();
    assert_eq!((config.udp.port(), config.http.port()), (7003, 7002));
    assert_eq!(config.servers, ["127.0.0.1:5000"]);
    assert!(config.verbose);
}

#[test]
fn unknown_keys_and_wrong_types_in_the_file_are_mistakes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("posto.toml");
    std::fs::write(&path, "udp = 5000\ncolour = 'red'\n").unwrap();
    let mistakes = mistakes_of(with_file(&path));
    assert_eq!(mistakes.len(), 2, "{mistakes:#?}");
}

#[test]
fn every_key_of_the_file_is_a_flag() {
    use clap::CommandFactory as _;
    let command = crate::arguments::Arguments::command();
    let flags = ["up", "gateway"].map(|name| command.find_subcommand(name).unwrap().get_arguments());
    let flags: Vec<_> = flags.into_iter().flatten().filter_map(clap::Arg::get_long).collect();
    for key in file::KEYS {
        assert!(flags.contains(&key), "{key}");
    }
}

#[test]
fn a_new_directory_starts_with_the_nine_sample_records() {
    let Ok(Seed::Records(records)) = seed("") else { panic!("the samples are records") };
    assert_eq!(records.len(), 9);
    assert_eq!(seed("none"), Ok(Seed::None));
}

#[test]
fn history_is_kept_for_ever_or_for_at_least_a_day() {
    assert_eq!(keep_history("all"), Ok(None));
    assert_eq!(keep_history("400d"), Ok(Some(Duration::from_secs(400 * 86_400))));
    assert_eq!(keep_history("24h"), Ok(Some(Duration::from_secs(86_400))));
    for bad in ["", "d", "-1d", "1.5d", "23h", "400", "99999999999999999999d"] {
        assert!(keep_history(bad).is_err(), "{bad}");
    }
}

/// The reference file, and the same with every setting in force.
fn reference() -> (String, String) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/ops/posto.toml");
    let text = std::fs::read_to_string(file).expect("data/ops/posto.toml");
    let is_setting =
        |line: &str| line.starts_with('#') && line[1..].starts_with(|first: char| first.is_ascii_lowercase());
    let uncommented = text.lines().map(|line| if is_setting(line) { &line[1..] } else { line });
    (text.clone(), uncommented.collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_reference_file_holds_every_key_once_and_no_other() {
    let (_, all) = reference();
    let table: toml::Table = all.parse().expect("data/ops/posto.toml is TOML once its settings are uncommented");
    let (mut held, mut known) = (table.keys().map(String::as_str).collect::<Vec<_>>(), file::KEYS.to_vec());
    held.sort_unstable();
    known.sort_unstable();
    assert_eq!(held, known, "data/ops/posto.toml beside the keys of config/file.rs");
}

#[test]
fn the_reference_file_loads_as_it_is_and_with_every_setting_in_force() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("posto.toml");
    let (as_it_is, all) = reference();
    std::fs::write(&path, &as_it_is).unwrap();
    Config::read(with_file(&path)).expect("every setting is a comment");
    // Files that only an example names are not here.
    let present = all.lines().filter(|line| !line.contains("\"/etc/posto/"));
    std::fs::write(&path, present.collect::<Vec<_>>().join("\n")).unwrap();
    Config::read(with_file(&path)).expect("every default and example is allowed");
}

#[test]
fn the_reference_file_names_the_defaults_that_help_names() {
    use clap::CommandFactory as _;
    let (_, all) = reference();
    let table: toml::Table = all.parse().unwrap();
    let command = crate::arguments::Arguments::command();
    let commands = ["up", "gateway"].map(|name| command.find_subcommand(name).unwrap());
    for argument in commands.into_iter().flat_map(clap::Command::get_arguments) {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let default = help.split_once("[default: ").and_then(|(_, rest)| rest.strip_suffix(']'));
        let key = argument.get_long().unwrap_or_default();
        // A default of several words is told in words in the file, too.
        let (Some(default), Some(value)) = (default.filter(|default| !default.contains(' ')), table.get(key)) else {
            continue;
        };
        if default != "OpenStreetMap" {
            assert_eq!(value.as_str(), Some(default.trim_start_matches("./")), "{key}");
        }
    }
}

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

use super::*;

fn mistakes_of(settings: Settings) -> Vec<String> {
    let error = Config::read(settings).expect_err("the settings are bad").to_string();
    error.lines().map(str::to_owned).collect()
}

#[test]
fn every_mistake_is_told_at_once() {
    let settings = Settings {
        udp: Some("nowhere".to_owned()),
        currency: Some("real".to_owned()),
        session_ports: Some("9-1".to_owned()),
        tiles: Some("ftp://tiles".to_owned()),
        log: Some("xml".to_owned()),
        seed: Some("/does/not/exist".to_owned()),
        ..Settings::default()
    };
    let mistakes = mistakes_of(settings);
    assert_eq!(mistakes.len(), 6, "{mistakes:#?}");
    assert!(mistakes.iter().any(|mistake| mistake.contains("POSTO_SESSION_PORTS")), "{mistakes:#?}");
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("posto.toml");
    std::fs::write(&path, "udp = '127.0.0.1:7001'\nhttp = '127.0.0.1:7002'\nverbose = true\n").unwrap();
    let config = Some(path.to_string_lossy().into_owned());
    let settings = Settings { udp: Some("127.0.0.1:7003".to_owned()), config, ..Settings::default() };
    let config = Config::read(settings).unwrap();
    assert_eq!((config.udp.port(), config.http.port()), (7003, 7002));
    assert_eq!(config.server, "127.0.0.1:5000");
    assert!(config.verbose);
}

#[test]
fn unknown_keys_and_wrong_types_in_the_file_are_mistakes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("posto.toml");
    std::fs::write(&path, "udp = 5000\ncolour = 'red'\n").unwrap();
    let config = Some(path.to_string_lossy().into_owned());
    let mistakes = mistakes_of(Settings { config, ..Settings::default() });
    assert_eq!(mistakes.len(), 2, "{mistakes:#?}");
}

#[test]
fn every_key_of_the_file_is_a_flag() {
    use clap::CommandFactory as _;
    let command = crate::arguments::Arguments::command();
    let up = command.find_subcommand("up").unwrap();
    for key in file::KEYS {
        assert!(up.get_arguments().any(|argument| argument.get_long() == Some(key)), "{key}");
    }
}

#[test]
fn a_new_directory_starts_with_the_nine_sample_records() {
    let Ok(Seed::Records(records)) = seed("") else { panic!("the samples are records") };
    assert_eq!(records.len(), 9);
    assert_eq!(seed("none"), Ok(Seed::None));
}

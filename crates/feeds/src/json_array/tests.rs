//! Good and broken JSON around the one array.

use std::io::Read as _;

use proptest::prelude::*;

use super::*;

fn read(text: &[u8]) -> Result<Vec<(u32, Option<usize>)>, FeedError> {
    let mut array = JsonArray::open(text, "a.json", &["data", "more"])?;
    let mut elements = Vec::new();
    while let Some(element) = array.next_element()? {
        elements.push((element.line, element.members.map(|members| members.len())));
    }
    assert!(array.next_element()?.is_none());
    Ok(elements)
}

#[test]
fn elements_come_with_their_lines_wherever_the_array_is() {
    let text = "\u{feff} {\"a\": {\"data\": [1]}, \"b\": \"]}\\\"\", \"c\": -1.5e3,\n \"more\" : [\n{},\n {\"x\": \"[{\\\\\", \"y\": [1, 2]}\n, 7, null], \"data\": [[]]}\n";
    assert_eq!(read(text.as_bytes()).unwrap(), [(3, Some(0)), (4, Some(2)), (5, None), (5, None)]);
    assert_eq!(read(b"{\"data\":[]}").unwrap(), []);
}

#[test]
fn the_texts_before_the_array_are_kept_and_the_file_may_be_the_array() {
    let array = JsonArray::open(&b"{\"a\": \"x\", \"b\": 1, \"data\": []}"[..], "a.json", &["data"]).unwrap();
    assert_eq!((array.header("a"), array.header("b")), (Some("x"), None));
    let read = |text: &str| {
        let mut array = JsonArray::open(text.as_bytes(), "a.json", &["data", WHOLE_FILE])?;
        let mut count = 0;
        while array.next_element()?.is_some() {
            count += 1;
        }
        Ok::<_, FeedError>((array.member(), count))
    };
    assert_eq!(read(" [{}, {}]\n").unwrap(), (WHOLE_FILE, 2));
    assert_eq!(read("{\"data\": [{}]}").unwrap(), ("data", 1));
    assert_eq!(read("[{}] x").unwrap_err().to_string(), "a.json, line 1: more after the JSON array");
    assert_eq!(
        read("{\"ok\": false, \"message\": \"no key\"}").unwrap_err().to_string(),
        "a.json, line 1: the JSON object has no array \"data\", it says \"no key\""
    );
}

#[test]
fn what_is_not_such_a_file_is_told_with_its_line() {
    for (text, problem) in [
        ("", "line 1: expected a JSON object"),
        ("\n[]", "line 2: expected a JSON object"),
        ("{}", "line 1: the JSON object has no array \"data\" or \"more\""),
        ("{\"data\": {}}", "line 1: the JSON object has no array \"data\" or \"more\""),
        ("{\"data\": [\n{},", "line 2: the file ends too early"),
        ("{\"data\": [{}\n", "line 2: the file ends too early"),
        ("{\"data\": [{} {}]}", "line 1: expected , or ] after an element"),
        ("{\"data\": [{}]", "line 1: the file ends too early"),
        ("{\"data\": [{}];", "line 1: expected , or } after a member"),
        ("{\"data\": [{}]}\n{}", "line 2: more after the JSON object"),
        ("{\"data\": [\n{\"a\"\n: x}]}", "line 3: not JSON: expected value"),
        ("{\"x\": nul, \"data\": []}", "line 1: not JSON: EOF while parsing a value"),
        ("{\"data\" []}", "line 1: expected : after the name of a member"),
        ("{data: []}", "line 1: expected the name of a member"),
    ] {
        let told = read(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(told, format!("a.json, {problem}"), "{text}");
    }
    assert!(read(b"{\"data\": [{\"x\": \"\xe9\"}]}").unwrap_err().to_string().contains("not JSON"));
}

#[test]
fn an_element_without_end_is_refused_before_it_fills_the_memory() {
    let endless = std::io::Cursor::new("{\"data\": [\"").chain(std::io::repeat(b'x'));
    let mut array = JsonArray::open(std::io::BufReader::new(endless), "a.json", &["data"]).unwrap();
    assert!(matches!(array.next_element(), Err(FeedError::LineTooLong { .. })));
    let deep = format!("{{\"data\": [{}", "[".repeat(100_000));
    assert_eq!(read(deep.as_bytes()).unwrap_err().to_string(), "a.json, line 1: nested too deeply");
}

fn any_json() -> impl Strategy<Value = String> {
    let piece =
        prop::sample::select(vec!["{", "}", "[", "]", ",", ":", "\"data\"", "\"", "\\", "1", "null", " ", "\n"]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = read(&[b"{\"data\": [", bytes.as_slice()].concat());
    }

    #[test]
    fn what_it_takes_is_what_a_whole_reader_takes(text in any_json()) {
        let text = format!("{{\"data\": [{text}");
        let whole = serde_json::from_str::<Value>(&text);
        if let Ok(elements) = read(text.as_bytes()) {
            let whole = whole.expect("a good file");
            // Of two arrays the first counts here, the last in a whole reader.
            if text.matches("\"data\"").count() == 1 {
                prop_assert_eq!(Some(elements.len()), whole["data"].as_array().map(Vec::len));
            }
        } else {
            prop_assert!(whole.is_err());
        }
    }
}

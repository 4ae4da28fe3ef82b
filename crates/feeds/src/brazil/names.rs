//! Names made comparable: two files write one station's name in several ways.

/// What says only what kind of business it is.
const LEGAL_FORMS: [&str; 8] = ["LTDA", "LIMITADA", "ME", "MEI", "EPP", "EIRELI", "SA", "SLU"];

/// Capital letters and digits without accents, one blank between words: `São João d'Aliança` is
/// `SAO JOAO D ALIANCA`.
pub(super) fn plain(text: &str) -> String {
    let unaccented = text.chars().flat_map(char::to_uppercase).map(|character| match character {
        'Á' | 'À' | 'Â' | 'Ã' | 'Ä' => 'A',
        'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ö' => 'O',
        'Ú' | 'Ù' | 'Û' | 'Ü' => 'U',
        'Ç' => 'C',
        'Ñ' => 'N',
        other if other.is_alphanumeric() => other,
        _ => ' ',
    });
    unaccented.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A business in a municipality; `None` where one of the names says nothing.
pub(super) fn key(name: &str, town: &str) -> Option<String> {
    let name = plain(&name.replace("S/A", "SA").replace("S.A", "SA"));
    let words: Vec<_> = name.split(' ').filter(|word| !LEGAL_FORMS.contains(word)).collect();
    let (name, town) = (words.join(" "), plain(town));
    (!name.is_empty() && !town.is_empty()).then(|| format!("{name}|{town}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_however_it_is_written() {
        let expected = Some("AUTO POSTO SAO JOAO|RIBEIRAO PRETO".to_owned());
        for name in ["AUTO POSTO SAO JOAO LTDA", "Auto Posto São João Ltda. - EPP", "Auto-Posto São João S/A"] {
            assert_eq!(key(name, "Ribeirão Preto"), expected);
        }
        assert_ne!(key("AUTO POSTO SAO JOSE", "RIBEIRAO PRETO"), expected);
        assert_eq!((key("LTDA", "DOURADOS"), key("POSTO", " ")), (None, None));
    }
}

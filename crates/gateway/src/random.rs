//! Names that nobody else gives: request ids, and the keys of reports that have none.

/// 128 random bits in hexadecimal.
///
/// # Errors
/// The system has no random bytes to give.
pub(crate) fn name() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hexadecimal(&bytes))
}

/// Two lower-case digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

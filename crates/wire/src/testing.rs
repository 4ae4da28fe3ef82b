//! What several tests of this crate draw from: seeded numbers and strategies for JSON values.

use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
use proptest::prelude::*;

use crate::json::{Object, Value};
use crate::limits::MAX_INTEGER;

/// SplitMix64 (Steele et al., 2014): the same seed gives the same tests.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound above 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    pub(crate) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// Characters that JSON, Python or UTF-16 treat each in its own way.
pub(crate) const AWKWARD: &[char] = &[
    '"',
    '\\',
    '/',
    '\n',
    '\r',
    '\t',
    '\u{8}',
    '\u{c}',
    '\0',
    '\u{1f}',
    ' ',
    '~',
    '\u{7f}',
    '\u{80}',
    'é',
    'ç',
    '\u{ff}',
    '\u{2028}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{feff}',
    '\u{ffff}',
    '\u{10000}',
    '🚗',
    '\u{10ffff}',
];

/// Numbers at which Python's `repr` or a double changes its manner.
pub(crate) const AWKWARD_FLOATS: &[f64] = &[
    0.0,
    -0.0,
    5.0,
    0.1,
    1e-4,
    9.999e-5,
    1e-5,
    1e-7,
    1.5e-7,
    1e15,
    1e16,
    1e17,
    9_999_999_999_999_998.0,
    123_456_789_012_345_680.0,
    1e22,
    1e23,
    1.25e100,
    5e-324,
    2.225_073_858_507_201e-308,
    2.225_073_858_507_201_4e-308,
    f64::MAX,
    f64::MIN,
    f64::EPSILON,
    9_007_199_254_740_993.0,
    0.3,
    2.0e-3,
];

pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => proptest::char::range(' ', '~'),
        2 => proptest::sample::select(AWKWARD),
        1 => proptest::char::any(),
    ];
    proptest::collection::vec(character, 0..12).prop_map(|characters| characters.into_iter().collect())
}

pub(crate) fn any_finite() -> impl Strategy<Value = f64> {
    prop_oneof![POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO, proptest::sample::select(AWKWARD_FLOATS), -1e6..1e6,]
}

pub(crate) fn any_integer() -> impl Strategy<Value = i64> {
    let borders = proptest::sample::select(&[MAX_INTEGER, -MAX_INTEGER, MAX_INTEGER - 1, 0, -1][..]);
    prop_oneof![-1000_i64..1000, -MAX_INTEGER..=MAX_INTEGER, borders]
}

/// A value of PROTOCOL §1 without lists or objects.
pub(crate) fn any_plain_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any_integer().prop_map(Value::Integer),
        any_finite().prop_map(Value::Float),
        any_text().prop_map(Value::Text),
    ]
}

/// A value of PROTOCOL §1, nested at most six deep.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    any_plain_value().prop_recursive(6, 24, 4, |inner| {
        let members = proptest::collection::vec((any_text(), inner.clone()), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::List),
            members.prop_map(|members| object_of(members).into()),
        ]
    })
}

/// An object of these members; of two with one name the later value stays.
pub(crate) fn object_of(members: impl IntoIterator<Item = (String, Value)>) -> Object {
    let mut object = Object::new();
    for (name, value) in members {
        object.set(&name, value);
    }
    object
}

//! The fuels Posto compares; their codes and slugs are PROTOCOL §7's table.

use crate::price::Unit;

/// A kind of fuel, as numbered on the wire (PROTOCOL §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fuel {
    /// Road diesel, code 0.
    Diesel,
    /// Hydrated ethanol ("álcool"), code 1.
    Ethanol,
    /// Regular petrol, code 2.
    Gasoline,
    /// Petrol with additives or of a higher grade, code 3.
    GasolinePremium,
    /// Premium diesel (S-10 with additives), code 4.
    DieselPremium,
    /// Liquefied petroleum gas (GLP), code 5.
    Lpg,
    /// Compressed natural gas (GNV), code 6.
    Cng,
    /// 85 % ethanol, code 7.
    E85,
    /// Petrol with up to 10 % ethanol, code 8.
    GasolineE10,
}

impl Fuel {
    /// Every fuel, in the order of its code.
    pub const ALL: [Self; 9] = [
        Self::Diesel,
        Self::Ethanol,
        Self::Gasoline,
        Self::GasolinePremium,
        Self::DieselPremium,
        Self::Lpg,
        Self::Cng,
        Self::E85,
        Self::GasolineE10,
    ];

    /// How many fuels there are: the length of a table indexed by [`Fuel::index`].
    pub const COUNT: usize = Self::ALL.len();

    /// The fuel with this wire code, 0..=8.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The wire code, 0..=8.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Diesel => 0,
            Self::Ethanol => 1,
            Self::Gasoline => 2,
            Self::GasolinePremium => 3,
            Self::DieselPremium => 4,
            Self::Lpg => 5,
            Self::Cng => 6,
            Self::E85 => 7,
            Self::GasolineE10 => 8,
        }
    }

    /// The code as an index into a table of [`Fuel::COUNT`] entries.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.code())
    }

    /// The stable English identifier used by HTTP and the command line.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Diesel => "diesel",
            Self::Ethanol => "ethanol",
            Self::Gasoline => "gasoline",
            Self::GasolinePremium => "gasoline_premium",
            Self::DieselPremium => "diesel_premium",
            Self::Lpg => "lpg",
            Self::Cng => "cng",
            Self::E85 => "e85",
            Self::GasolineE10 => "gasoline_e10",
        }
    }

    /// Other names under which HTTP and the command line accept the fuel.
    /// The three fuels of 2019 can also be given by their wire code.
    #[must_use]
    pub const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Diesel => &["0"],
            Self::Ethanol => &["1", "alcohol", "álcool", "alcool", "etanol"],
            Self::Gasoline => &["2", "gasolina", "petrol"],
            _ => &[],
        }
    }

    /// The fuel with this slug or alias, exactly as written.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fuel| fuel.slug() == name || fuel.aliases().contains(&name))
    }

    /// The name shown to people in Portuguese.
    #[must_use]
    pub const fn name_pt(self) -> &'static str {
        match self {
            Self::Diesel => "diesel",
            Self::Ethanol => "álcool",
            Self::Gasoline => "gasolina",
            Self::GasolinePremium => "gasolina aditivada",
            Self::DieselPremium => "diesel S-10 premium",
            Self::Lpg => "GLP",
            Self::Cng => "GNV",
            Self::E85 => "E85",
            Self::GasolineE10 => "gasolina E10",
        }
    }

    /// The name shown to people in English.
    #[must_use]
    pub const fn name_en(self) -> &'static str {
        match self {
            Self::Diesel => "diesel",
            Self::Ethanol => "ethanol",
            Self::Gasoline => "gasoline",
            Self::GasolinePremium => "premium gasoline",
            Self::DieselPremium => "premium diesel",
            Self::Lpg => "LPG",
            Self::Cng => "CNG",
            Self::E85 => "E85",
            Self::GasolineE10 => "gasoline E10",
        }
    }

    /// The unit in which a price without a stated unit is understood.
    #[must_use]
    pub const fn default_unit(self) -> Unit {
        match self {
            Self::Cng => Unit::CubicMetre,
            _ => Unit::Litre,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_slugs_and_aliases_lead_back_to_their_fuel() {
        for fuel in Fuel::ALL {
            assert_eq!(Fuel::from_code(fuel.code()), Some(fuel));
            assert_eq!(Fuel::from_name(fuel.slug()), Some(fuel));
            for alias in fuel.aliases() {
                assert_eq!(Fuel::from_name(alias), Some(fuel));
            }
        }
        assert_eq!(Fuel::from_code(9), None);
        assert_eq!(Fuel::from_name("Gasoline"), None);
    }
}

//! The currencies of ISO 4217 that people pay with: its list one, without funds, metals and test codes.
//! <https://www.six-group.com/en/products-services/financial-information/data-standards.html>
//!
//! The crate `iso_currency` has the list. A test compares it with ISO's own, so that a new version of the
//! crate shows what it changes.

use std::fmt;

use utoipa::ToSchema;

/// The code of a currency, such as `EUR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, pattern = "^[A-Z]{3}$", description = "A currency code of ISO 4217, such as EUR.")]
pub struct Currency(&'static str);

impl Currency {
    /// The currency with this code, in capital letters.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let known = iso_currency::Currency::from_code(code).filter(|known| is_paid_with(*known))?;
        Some(Self(known.code()))
    }

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether people pay with it: it is not a fund, a metal or a test code, and was not withdrawn.
fn is_paid_with(currency: iso_currency::Currency) -> bool {
    // The crate counts VES as withdrawn since VED exists. List one has both:
    // https://www.six-group.com/dam/download/financial-information/data-center/iso-currrency/lists/list-one.xml
    currency == iso_currency::Currency::VES || currency.flags().is_empty()
}

/// Every code of list one that people pay with, in order.
#[cfg(test)]
#[rustfmt::skip]
pub(crate) const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF", "BMD",
    "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC",
    "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
    "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR",
    "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP",
    "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK",
    "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR",
    "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE",
    "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD",
    "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF",
    "YER", "ZAR", "ZMW", "ZWG",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_in_order_and_of_three_capital_letters() {
        assert!(CODES.is_sorted_by(|one, next| one < next));
        assert!(
            CODES.iter().all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
        );
    }

    #[test]
    fn of_all_that_a_code_could_be_the_list_s_are_currencies() {
        let letters = || b'A'..=b'Z';
        let codes = letters().flat_map(|one| letters().map(move |two| (one, two)));
        let codes = codes.flat_map(|(one, two)| letters().map(move |three| [one, two, three]));
        let codes: Vec<String> = codes.map(|code| code.map(char::from).iter().collect()).collect();
        let known: Vec<&str> =
            codes.iter().filter_map(|code| Currency::parse(code)).map(Currency::code).collect();
        assert_eq!(known, CODES);
    }

    #[test]
    fn only_a_code_of_the_list_is_a_currency() {
        assert_eq!(Currency::parse("EUR").map(Currency::code), Some("EUR"));
        for bad in ["", "eur", "EU", "EURO", "XXX", "XTS", "XAU", "DEM", "ÄÖÜ"] {
            assert_eq!(Currency::parse(bad), None, "{bad}");
        }
    }
}

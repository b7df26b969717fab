//! An order: its values, each a type that cannot contain an invalid value, and the allowed changes.
//!
//! This file does not depend on HTTP or on the table. Its messages say what a value must be, never what it
//! was.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

use crate::calendar::{Day, Timestamp};
pub use crate::currency::Currency;
use crate::owner::Owner;

/// The id of an order: a `UUIDv7` (RFC 9562 section 5.7), so that ids sort by the time they were made at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(
    value_type = String,
    pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    description = "The name of an order: a UUIDv7, in small letters.",
)]
pub struct OrderId(Uuid);

impl OrderId {
    /// How many random bytes an id needs.
    pub const RANDOM_BYTES: usize = 10;

    /// The id of an order that is placed now. It contains 74 of the random bits.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; Self::RANDOM_BYTES]) -> Self {
        Self(Builder::from_unix_timestamp_millis(now.millis(), &random).into_uuid())
    }

    /// Parses an id in its canonical spelling: 36 characters, lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self::from_bytes(*Uuid::try_parse(text).ok()?.as_bytes())?;
        (id.to_string() == text).then_some(id)
    }

    /// Reads an id from its 16 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        let id = Uuid::from_bytes(bytes);
        let is_v7 = id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122;
        (is_v7 && Timestamp::from_millis(millis(id)).is_some()).then_some(Self(id))
    }

    /// Its 16 bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// When it was made.
    #[must_use]
    pub fn created_at(self) -> Timestamp {
        // Both ways to make an id have checked that it contains a valid time.
        Timestamp::from_millis(millis(self.0)).unwrap_or(Timestamp::EPOCH)
    }
}

/// The first 48 bits of an id.
fn millis(id: Uuid) -> u64 {
    u64::try_from(id.as_u128() >> 80).unwrap_or(u64::MAX)
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl Serialize for OrderId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What is ordered, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(
    value_type = String,
    min_length = 1,
    max_length = 200,
    // No control character; at its ends no white space, which Unicode has more of than ASCII.
    pattern = r"^[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]([^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])?$",
)]
pub struct Item(String);

impl Item {
    const EXPECTED: &str =
        "must be a text of 1 to 200 characters without control characters or white space at its ends";

    /// Parses an item. `None` if `text` is not one.
    #[must_use]
    pub fn parse(text: String) -> Option<Self> {
        let fits = (1..=200).contains(&text.chars().count());
        let is_clean = text.trim() == text && !text.contains(char::is_control);
        (fits && is_clean).then_some(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many items are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = u16, minimum = 1, maximum = 999)]
pub struct Quantity(u16);

impl Quantity {
    /// The highest quantity of one order.
    pub const MAX: u16 = 999;
    const EXPECTED: &str = "must be a whole number from 1 to 999";

    /// Parses a quantity. `None` if `count` is not one.
    #[must_use]
    pub fn new(count: u64) -> Option<Self> {
        u16::try_from(count).ok().filter(|count| (1..=Self::MAX).contains(count)).map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// An amount in the currency's smallest unit: 1999 is 19.99 EUR, and 1999 JPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 0, maximum = 99_999_999)]
pub struct Amount(u32);

impl Amount {
    /// The highest price of one item. The largest report then adds up to less than 2^53, which every JSON
    /// reader can represent exactly.
    pub const MAX: u32 = 99_999_999;
    const EXPECTED: &str = "must be a whole number of the currency's smallest unit, from 0 to 99999999";

    /// Parses an amount. `None` if `units` is not one.
    #[must_use]
    pub fn new(units: u64) -> Option<Self> {
        u32::try_from(units).ok().filter(|units| *units <= Self::MAX).map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// An amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// In minor units.
    pub amount: Amount,
    /// Of ISO 4217.
    pub currency: Currency,
}

/// The progress of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum OrderStatus {
    /// The first status. The content can still be changed.
    Placed,
    /// The order will be carried out.
    Confirmed,
    /// The order is on its way.
    Shipped,
    /// The order has arrived. This status is final.
    Delivered,
    /// The order was cancelled. This status is final.
    Cancelled,
}

impl OrderStatus {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Placed, Self::Confirmed, Self::Shipped, Self::Delivered, Self::Cancelled];
    const EXPECTED: &str = "must be one of placed, confirmed, shipped, delivered and cancelled";

    /// The status with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Confirmed => "confirmed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether an order may change from this status to `next`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Placed, Self::Confirmed | Self::Cancelled)
                | (Self::Confirmed, Self::Shipped | Self::Cancelled)
                | (Self::Shipped, Self::Delivered)
        )
    }
}

impl Serialize for OrderStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Declares how a type is read from JSON: from which JSON value, how, and with which message if the value is
/// invalid.
macro_rules! read {
    ($($name:ident from $variant:ident: $parse:expr, $what:expr;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = match Value::deserialize(deserializer)? {
                    Value::$variant(value) => $parse(value),
                    _ => None,
                };
                value.ok_or_else(|| de::Error::custom($what))
            }
        }
    )*};
}

read! {
    Item from String: Self::parse, Self::EXPECTED;
    Quantity from Number: |number: serde_json::Number| number.as_u64().and_then(Self::new), Self::EXPECTED;
    Amount from Number: |number: serde_json::Number| number.as_u64().and_then(Self::new), Self::EXPECTED;
    Currency from String: |code: String| Self::parse(&code), "must be a currency code of ISO 4217, such as EUR";
    OrderStatus from String: |name: String| Self::parse(&name), Self::EXPECTED;
}

/// Counts the changes of an order, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = u64, minimum = 1)]
pub struct Version(u64);

impl Version {
    /// The version of a new order.
    pub const FIRST: Self = Self(1);

    /// Parses a version. `None` if `number` is not one.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        (number >= 1).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlaceOrderBody)]
pub struct Content {
    /// The item.
    pub item: Item,
    /// How many of it.
    pub quantity: Quantity,
    /// The price of one item.
    pub price: Money,
}

/// An order, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id, which contains the time when the order was placed.
    pub id: OrderId,
    /// Who owns it.
    pub owner: Owner,
    /// What is ordered.
    pub content: Content,
    /// Its progress.
    pub status: OrderStatus,
    /// How often it was changed.
    pub version: Version,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A change that its owner wants to make to an order. What is `None` stays.
///
/// It cannot say that an order is shipped or delivered. Only administrators do, see [`Order::moved`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The new item.
    pub item: Option<Item>,
    /// The new quantity.
    pub quantity: Option<Quantity>,
    /// The new price of one item.
    pub price: Option<Money>,
    /// Whether to cancel the order.
    pub cancel: bool,
}

/// Why an order cannot be changed this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAllowed {
    /// The content can only be changed while the order has the status placed.
    Settled(OrderStatus),
    /// This change of status is not allowed.
    Transition(OrderStatus, OrderStatus),
    /// An order that was shipped cannot be undone, not even by removing it.
    Kept(OrderStatus),
}

impl Order {
    /// A new one.
    #[must_use]
    pub fn place(id: OrderId, owner: Owner, content: Content) -> Self {
        let updated_at = id.created_at();
        Self { id, owner, content, status: OrderStatus::Placed, version: Version::FIRST, updated_at }
    }

    /// The order after its owner's change.
    ///
    /// # Errors
    /// Its status does not allow the change.
    pub fn changed(&self, change: Change, now: Timestamp) -> Result<Self, NotAllowed> {
        let Change { item, quantity, price, cancel } = change;
        let status = if cancel { OrderStatus::Cancelled } else { self.status };
        let content = Content {
            item: item.unwrap_or_else(|| self.content.item.clone()),
            quantity: quantity.unwrap_or(self.content.quantity),
            price: price.unwrap_or(self.content.price),
        };
        let next = self.moved(status, now)?;
        if content != self.content && self.status != OrderStatus::Placed {
            return Err(NotAllowed::Settled(self.status));
        }
        Ok(Self { content, ..next })
    }

    /// The order after an administrator has set its status. Its current status may be set again.
    ///
    /// # Errors
    /// The order may not change from its status to that one.
    pub fn moved(&self, status: OrderStatus, now: Timestamp) -> Result<Self, NotAllowed> {
        if status != self.status && !self.status.may_become(status) {
            return Err(NotAllowed::Transition(self.status, status));
        }
        // If the clock was set back, the order's time does not go back.
        let updated_at = now.max(self.updated_at);
        Ok(Self { status, version: self.version.next(), updated_at, ..self.clone() })
    }

    /// Succeeds if the owner may remove the order: as long as it can be cancelled, and after it was.
    ///
    /// # Errors
    /// It was shipped or delivered.
    pub const fn check_removal(&self) -> Result<(), NotAllowed> {
        match self.status {
            OrderStatus::Placed | OrderStatus::Confirmed | OrderStatus::Cancelled => Ok(()),
            OrderStatus::Shipped | OrderStatus::Delivered => Err(NotAllowed::Kept(self.status)),
        }
    }

    /// The day under which it is listed and reported.
    #[must_use]
    pub fn day(&self) -> Day {
        self.id.created_at().day()
    }

    /// The price of all items, in minor units of the price's currency.
    #[must_use]
    pub fn total(&self) -> u64 {
        u64::from(self.content.quantity.get()) * u64::from(self.content.price.amount.get())
    }
}

#[cfg(test)]
mod tests;

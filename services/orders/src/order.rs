//! What an order is: its values, each a type that cannot hold a bad one, and what may become of it.
//!
//! Nothing in here knows of HTTP or of the table. The messages say what a value must be, never what it was.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

use crate::calendar::{Day, Timestamp};
pub use crate::currency::Currency;
use crate::owner::Owner;

/// The name of an order: a `UUIDv7` (RFC 9562 section 5.7), so that ids sort by the time they were made at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(
    value_type = String,
    format = "uuid",
    pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    description = "The name of an order: a UUIDv7, in small letters.",
)]
pub struct OrderId(Uuid);

impl OrderId {
    /// How much chance goes into one.
    pub const RANDOM_BYTES: usize = 10;

    /// The id of an order that is placed now. 74 of the random bits end up in it.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; Self::RANDOM_BYTES]) -> Self {
        Self(Builder::from_unix_timestamp_millis(now.millis(), &random).into_uuid())
    }

    /// Reads an id in its one spelling: 36 characters, small letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self::from_bytes(*Uuid::try_parse(text).ok()?.as_bytes())?;
        (id.to_string() == text).then_some(id)
    }

    /// Reads an id in its 16 bytes.
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
        // Both ways to an id have seen to it that there is such a time.
        Timestamp::from_millis(millis(self.0)).unwrap_or(Timestamp::EPOCH)
    }
}

/// The 48 bits that an id begins with.
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

/// What is ordered, in words.
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

    /// Takes `text` when it is one.
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

/// How many of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = u16, minimum = 1, maximum = 999)]
pub struct Quantity(u16);

impl Quantity {
    /// The most of one order.
    pub const MAX: u16 = 999;
    const EXPECTED: &str = "must be a whole number from 1 to 999";

    /// Takes `count` when it is one.
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

/// A sum in the currency's smallest unit: 1999 is 19.99 EUR, and 1999 JPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 0, maximum = 99_999_999)]
pub struct Amount(u32);

impl Amount {
    /// The most for one piece. The largest report then adds up to less than 2^53, which every reader of JSON
    /// has exactly.
    pub const MAX: u32 = 99_999_999;
    const EXPECTED: &str = "must be a whole number of the currency's smallest unit, from 0 to 99999999";

    /// Takes `units` when it is one.
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

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum OrderStatus {
    /// As it is born. What is ordered can still be changed.
    Placed,
    /// It will be carried out.
    Confirmed,
    /// It is on its way.
    Shipped,
    /// It has arrived. The end.
    Delivered,
    /// It was called off. The end.
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

    /// Whether an order may go from this status to `next`.
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

/// Declares how a type is read from JSON: which JSON value, how, and what is said when it is none.
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
    /// A new order's.
    pub const FIRST: Self = Self(1);

    /// Takes `number` when it is one.
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

/// What somebody orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlaceOrderBody)]
pub struct Content {
    /// What.
    pub item: Item,
    /// How many.
    pub quantity: Quantity,
    /// For how much apiece.
    pub price: Money,
}

/// An order, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its name. It says when the order was placed.
    pub id: OrderId,
    /// Whose it is.
    pub owner: Owner,
    /// What is ordered.
    pub content: Content,
    /// How far it has come.
    pub status: OrderStatus,
    /// How often it was changed.
    pub version: Version,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// What its owner wants different about an order. What is `None` stays.
///
/// There is no way to say in it that an order is shipped or delivered: that is for who carries orders out, see
/// [`Order::moved`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// What is ordered.
    pub item: Option<Item>,
    /// How many of it.
    pub quantity: Option<Quantity>,
    /// For how much apiece.
    pub price: Option<Money>,
    /// Whether it is called off.
    pub cancel: bool,
}

/// Why an order cannot be changed like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAllowed {
    /// What is ordered is settled once the order is not just placed any more.
    Settled(OrderStatus),
    /// There is no way from one status to the other.
    Transition(OrderStatus, OrderStatus),
    /// An order that has left cannot be made undone, not by removing it either.
    Kept(OrderStatus),
}

impl Order {
    /// A new one.
    #[must_use]
    pub fn place(id: OrderId, owner: Owner, content: Content) -> Self {
        let updated_at = id.created_at();
        Self { id, owner, content, status: OrderStatus::Placed, version: Version::FIRST, updated_at }
    }

    /// The order as it is after its owner's change.
    ///
    /// # Errors
    /// Its status does not allow it.
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

    /// The order as it is after an administrator has said how far it has come. The status that it has is no step.
    ///
    /// # Errors
    /// There is no way from its status to that one.
    pub fn moved(&self, status: OrderStatus, now: Timestamp) -> Result<Self, NotAllowed> {
        if status != self.status && !self.status.may_become(status) {
            return Err(NotAllowed::Transition(self.status, status));
        }
        // A clock that was set back does not take an order back in time.
        let updated_at = now.max(self.updated_at);
        Ok(Self { status, version: self.version.next(), updated_at, ..self.clone() })
    }

    /// Goes on when the owner may remove the order: as long as it could be called off, and once it was.
    ///
    /// # Errors
    /// It is on its way, or has arrived.
    pub const fn check_removal(&self) -> Result<(), NotAllowed> {
        match self.status {
            OrderStatus::Placed | OrderStatus::Confirmed | OrderStatus::Cancelled => Ok(()),
            OrderStatus::Shipped | OrderStatus::Delivered => Err(NotAllowed::Kept(self.status)),
        }
    }

    /// The day that it is listed and reported under.
    #[must_use]
    pub fn day(&self) -> Day {
        self.id.created_at().day()
    }

    /// What all of it costs, in minor units of the price's currency.
    #[must_use]
    pub fn total(&self) -> u64 {
        u64::from(self.content.quantity.get()) * u64::from(self.content.price.amount.get())
    }
}

#[cfg(test)]
mod tests;

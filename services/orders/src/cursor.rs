//! The cursor of a listing: the id of the last order that was shown, in an opaque form.
//!
//! A cursor never says whose rows are read: for every page, that comes from the caller. Its check value binds
//! it to one listing, so that a cursor that was cut, changed or taken from another listing is an error, and
//! not a page from the wrong place. It is not a secret: whoever forges one sees a page of their own rows.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::order::OrderId;
use crate::owner::Owner;

const ID_BYTES: usize = 16;
const CHECK_BYTES: usize = 8;

/// Which orders are listed.
#[derive(Debug, Clone, Copy)]
pub enum Listing<'a> {
    /// One owner's orders.
    Own(&'a Owner),
    /// The orders of all owners.
    AllOrders,
}

/// The text that a caller sends back to get the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor for the orders after `last` in this listing.
    #[must_use]
    pub fn render(listing: Listing<'_>, last: OrderId) -> Self {
        let id = last.to_bytes();
        Self(URL_SAFE_NO_PAD.encode([&id[..], &check(listing, &id)].concat()))
    }

    /// The order after which this listing continues. `None` if the text is not a cursor of this listing.
    #[must_use]
    pub fn parse(listing: Listing<'_>, text: &str) -> Option<OrderId> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, told) = bytes.split_at_checked(ID_BYTES)?;
        let id = <[u8; ID_BYTES]>::try_from(id).ok()?;
        if told != check(listing, &id) {
            return None;
        }
        OrderId::from_bytes(id)
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

fn check(listing: Listing<'_>, id: &[u8; ID_BYTES]) -> [u8; CHECK_BYTES] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"orders cursor 1");
    context.update(id);
    match listing {
        Listing::AllOrders => context.update(b"everyones"),
        Listing::Own(owner) => {
            context.update(b"own ");
            context.update(owner.key().as_bytes());
        }
    }
    let mut check = [0; CHECK_BYTES];
    check.iter_mut().zip(context.finish().as_ref()).for_each(|(place, byte)| *place = *byte);
    check
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::Timestamp;

    fn id(millis: u64, random: [u8; 10]) -> OrderId {
        OrderId::new(Timestamp::from_millis(millis).unwrap(), random)
    }

    proptest! {
        #[test]
        fn a_cursor_works_in_its_own_listing_alone(millis in 0..1_u64 << 47, random: [u8; 10], subject in "\\PC{1,20}") {
            let (id, owner) = (id(millis, random), Owner::stored(&subject, &subject, None));
            let text = Cursor::render(Listing::Own(&owner), id).into_string();
            let other = Owner::stored(&format!("{subject}x"), &subject, None);
            prop_assert_eq!(Cursor::parse(Listing::Own(&owner), &text), Some(id));
            prop_assert_eq!(Cursor::parse(Listing::Own(&other), &text), None);
            prop_assert_eq!(Cursor::parse(Listing::AllOrders, &text), None);
            prop_assert!(!text.contains(&id.to_string()));
        }

        #[test]
        fn a_changed_cursor_is_refused(millis in 0..1_u64 << 47, random: [u8; 10], place: prop::sample::Index, to in "[-_A-Za-z0-9=+/. ]") {
            let owner = Owner::stored("a", "a", None);
            let text = Cursor::render(Listing::Own(&owner), id(millis, random)).into_string();
            let place = place.index(text.len());
            let changed = format!("{}{to}{}", &text[..place], &text[place + 1..]);
            prop_assume!(changed != text);
            prop_assert_eq!(Cursor::parse(Listing::Own(&owner), &changed), None);
            prop_assert_eq!(Cursor::parse(Listing::Own(&owner), &text[..place]), None);
            prop_assert_eq!(Cursor::parse(Listing::Own(&owner), &format!("{text}{to}")), None);
        }

        #[test]
        fn parsing_any_text_as_a_cursor_never_panics(text in "\\PC{0,40}") {
            prop_assert_eq!(Cursor::parse(Listing::AllOrders, &text), None);
        }
    }
}

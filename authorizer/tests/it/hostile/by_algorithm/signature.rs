//! Class 5: signatures that the named key did not make of exactly these two parts, and values that the
//! arithmetic of each algorithm must not accept.

use authorizer::TokenError;
use platform::config::Algorithm;
use testkit::issuer::{compact, signing_input, with};

use super::super::forge::{self, difference, sum};
use super::super::table::Expected::Allow;
use super::{Attack, Class, Kit, bad, is_rsa};

pub(super) fn attacks(kit: &Kit) -> Vec<Attack> {
    let own = match kit.algorithm {
        Algorithm::Es256 | Algorithm::Es384 => ecdsa(kit),
        Algorithm::EdDsa => eddsa(kit),
        _ => rsa(kit),
    };
    [lengths(kit), other_keys(kit), other_inputs(kit), own].into_iter().flatten().collect()
}

fn good(kit: &Kit) -> Vec<u8> {
    kit.key.sign(kit.key.alg, &kit.input())
}

/// The issuer's claims with this signature.
fn wrong(kit: &Kit, name: &str, signature: impl AsRef<[u8]>, why: &'static str) -> Attack {
    let token = compact(&kit.input(), signature);
    kit.attack(Class::Signature, name, token, bad(TokenError::Signature), why)
}

fn lengths(kit: &Kit) -> Vec<Attack> {
    let good = good(kit);
    let size = good.len();
    let why = "a signature has one length (RFC 7518 section 3.4, RFC 8017 section 8, RFC 8032 section 5.1.7)";
    let mut attacks = vec![
        kit.attack(
            Class::Signature,
            "the signature",
            compact(&kit.input(), &good),
            Allow,
            "the issuer's own",
        ),
        kit.attack(
            Class::Signature,
            "missing",
            format!("{}.", kit.input()),
            bad(TokenError::Encoding),
            "a part is not empty (RFC 7515 section 7.1)",
        ),
    ];
    for (name, signature) in [
        ("one byte", vec![0]),
        ("without its last byte", good[..size - 1].to_vec()),
        ("without its first byte", good[1..].to_vec()),
        ("its first half", good[..size / 2].to_vec()),
        ("its second half", good[size / 2..].to_vec()),
        ("a zero in front", [&[0], &good[..]].concat()),
        ("a zero behind", [&good[..], &[0]].concat()),
        ("twice", good.repeat(2)),
        ("zeros of its length", vec![0; size]),
        ("ones of its length", vec![0xff; size]),
        ("2,048 zeros", vec![0; 2_048]),
    ] {
        attacks.push(wrong(kit, name, signature, why));
    }
    attacks
}

fn other_keys(kit: &Kit) -> Vec<Attack> {
    let why = "the key that `kid` names counts alone (RFC 7515 section 4.1.4)";
    let alg = kit.key.alg;
    vec![
        wrong(kit, "a stranger's", kit.stranger.sign(alg, &kit.input()), why),
        wrong(kit, "the second key's", kit.second.sign(alg, &kit.input()), why),
    ]
}

fn other_inputs(kit: &Kit) -> Vec<Attack> {
    let good = good(kit);
    let alg = kit.key.alg;
    let (header, payload) = kit.input().split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let root = with(kit.claims(), "sub", "root".into()).to_string();
    let root = signing_input(kit.key.header().to_string(), root);
    let typed = with(kit.key.header(), "typ", "JWT".into()).to_string();
    let typed = signing_input(typed, kit.claims().to_string());
    let why = "header, dot and payload are signed, as they are encoded (RFC 7515 section 5.2)";
    let flipped = |index: usize, bit: u8| {
        let mut signature = good.clone();
        signature[index] ^= bit;
        signature
    };
    let reversed: Vec<u8> = good.iter().rev().copied().collect();
    let misplaced = |name: &str, input: &str| {
        kit.attack(Class::Signature, name, compact(input, &good), bad(TokenError::Signature), why)
    };
    vec![
        misplaced("another payload", &root),
        misplaced("another header", &typed),
        wrong(kit, "of the payload alone", kit.key.sign(alg, &payload), why),
        wrong(kit, "of the header alone", kit.key.sign(alg, &header), why),
        wrong(
            kit,
            "of the decoded parts",
            kit.key.sign(alg, &format!("{}.{}", kit.key.header(), kit.claims())),
            why,
        ),
        wrong(kit, "of nothing", kit.key.sign(alg, ""), why),
        wrong(kit, "the first bit turned", flipped(0, 0x80), why),
        wrong(kit, "the last bit turned", flipped(good.len() - 1, 1), why),
        wrong(kit, "the last byte's first bit turned", flipped(good.len() - 1, 0x80), why),
        wrong(kit, "a bit in the middle turned", flipped(good.len() / 2, 0x10), why),
        wrong(kit, "the other way round", reversed, why),
    ]
}

fn rsa(kit: &Kit) -> Vec<Attack> {
    let (alg, input, n) = (kit.key.alg, kit.input(), kit.key.modulus());
    let number = |small: u8| [vec![0; n.len() - 1], vec![small]].concat();
    let keyless = "it takes no key to make, so that it must prove nothing";
    let range = "a signature is less than the modulus (RFC 8017 section 5.2.2)";
    let mut attacks = vec![
        wrong(kit, "1", number(1), keyless),
        wrong(kit, "2", number(2), keyless),
        wrong(kit, "n - 1", difference(&n, &number(1)), keyless),
        wrong(kit, "n", &n, range),
        wrong(kit, "the signature plus n", sum(&good(kit), &n), range),
        wrong(kit, "the padded hash itself", forge::pkcs1_padded(alg, &input, n.len()), keyless),
    ];
    if alg.starts_with("PS") {
        let why = "the salt is as long as the hash (RFC 7518 section 3.5)";
        let own = u16::try_from(kit.algorithm.as_str()[2..].parse::<u32>().unwrap() / 8).unwrap();
        let most = 256 - 2 - own;
        for salt in [0, 20, own - 1, own + 1, most] {
            let signature = kit.key.sign_with_salt(alg, salt, &input);
            attacks.push(wrong(kit, &format!("a salt of {salt} bytes"), signature, why));
        }
        let signature = kit.key.sign_with_salt(alg, own, &input);
        let token = compact(&input, signature);
        attacks.push(kit.attack(Class::Signature, "a salt as long as the hash", token, Allow, why));
    }
    // Class 1 has the other hashes and paddings under this name.
    assert!(is_rsa(kit.algorithm));
    attacks
}

fn ecdsa(kit: &Kit) -> Vec<Attack> {
    let good = good(kit);
    let size = good.len() / 2;
    let (r, s) = good.split_at(size);
    let n = forge::order(kit.key.alg);
    let (zero, mut one) = (vec![0; size], vec![0; size]);
    one[size - 1] = 1;
    let join = |r: &[u8], s: &[u8]| [r, s].concat();
    let range = "r and s are from 1 to n - 1 (FIPS 186-5 section 6.4.2)";
    let raw = "a signature is r and s, each as long as the curve's order (RFC 7518 section 3.4)";
    let longer = |number: &[u8]| [&[0], number].concat();
    // No carry may be lost: a sum that is too large has one byte more.
    let plus_n = |number: &[u8]| sum(number, &n);
    let mirrored = compact(&kit.input(), join(r, &difference(&n, s)));
    let mut attacks = vec![kit.attack(
        Class::Signature,
        "n - s for s",
        mirrored,
        Allow,
        "ECDSA has two signatures for each, and both take the key (SEC 1 section 4.1.4)",
    )];
    for (name, signature) in [
        ("r = 0", join(&zero, s)),
        ("s = 0", join(r, &zero)),
        ("r = s = 1", join(&one, &one)),
        ("r = n", join(&n, s)),
        ("s = n", join(r, &n)),
        ("r = s = n", join(&n, &n)),
        ("r = n, s = 0", join(&n, &zero)),
        ("r = n - 1, s = 1", join(&difference(&n, &one), &one)),
    ] {
        attacks.push(wrong(kit, name, signature, range));
    }
    for (name, signature) in [
        ("as DER", forge::der(&good)),
        ("r + n", join(&plus_n(r), s)),
        ("s + n", join(r, &plus_n(s))),
        ("r and s a byte longer", join(&longer(r), &longer(s))),
        ("r a byte longer, s a byte shorter", join(&longer(r), &s[1..])),
        ("s before r", join(s, r)),
        ("r alone", r.to_vec()),
        ("r twice", join(r, r)),
    ] {
        attacks.push(wrong(kit, name, signature, raw));
    }
    attacks
}

fn eddsa(kit: &Kit) -> Vec<Attack> {
    let good = good(kit);
    let (r, s) = good.split_at(32);
    let mut order = forge::order("EdDSA");
    let larger: Vec<u8> = {
        let s: Vec<u8> = s.iter().rev().copied().collect();
        sum(&s, &order).into_iter().rev().collect()
    };
    assert_eq!(larger.len(), 32, "twice the order is less than 2^256");
    order.reverse();
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let join = |r: &[u8], s: &[u8]| [r, s].concat();
    let range = "S is less than the order (RFC 8032 section 5.1.7)";
    let keyless = "it takes no key to make, so that it must prove nothing";
    // 2^255 - 18: the y of the neutral element, but not in its canonical form.
    let unreduced = [&[0xee], [0xff; 30].as_slice(), &[0x7f]].concat();
    vec![
        wrong(kit, "S plus the order", join(r, &larger), range),
        wrong(kit, "S is the order", join(r, &order), range),
        wrong(kit, "S = 0", join(r, &[0; 32]), keyless),
        wrong(kit, "R the neutral element, S = 0", join(&neutral, &[0; 32]), keyless),
        wrong(kit, "R the neutral element, S the order", join(&neutral, &order), range),
        wrong(kit, "R the neutral element in another spelling, S = 0", join(&unreduced, &[0; 32]), keyless),
        wrong(kit, "R = 0", join(&[0; 32], s), keyless),
        wrong(kit, "S before R", join(s, r), "R stands first (RFC 8032 section 5.1.6)"),
        wrong(kit, "R the public key", join(&kit.key.public_ders()[1], s), keyless),
    ]
}

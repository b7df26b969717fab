//! The plan of a pool that the stack makes (Cognito's `UserPoolTier`), and which settings need which.
//!
//! [`NEEDS`] is the only list of them. The check of an explicit plan and the default plan both use it. Add a line to
//! it for each setting that Cognito has only in a higher plan. This file must not contain prices.

use serde::Deserialize;

use crate::config::{AuthFlow, Config, Mfa, SecondFactor};

/// Cognito's `UserPoolTier`. Each plan includes the one before.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Plan {
    /// The cheapest one: passwords, authenticator apps, text messages, groups, machine clients.
    Lite,
    /// Also choice-based sign-in, codes by e-mail, refresh token rotation, password history.
    Essentials,
    /// Also threat protection.
    Plus,
}

impl Plan {
    /// All of them, the cheapest first.
    pub const ALL: [Self; 3] = [Self::Lite, Self::Essentials, Self::Plus];

    /// Cognito's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lite => "LITE",
            Self::Essentials => "ESSENTIALS",
            Self::Plus => "PLUS",
        }
    }
}

/// A setting that Cognito refuses in the cheapest plan (`FeatureUnavailableInTierException`).
#[derive(Debug)]
pub(in crate::config) struct Need {
    /// The least plan that has it.
    pub plan: Plan,
    /// The setting, as it is written in `config.json`.
    pub setting: &'static str,
    /// Whether the configuration asks for it.
    pub is_on: fn(&Config) -> bool,
}

/// The settings that need a plan.
static NEEDS: &[Need] = &[
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignInPolicyType.html
    Need {
        plan: Plan::Essentials,
        setting: "auth.flow \"USER_AUTH\"",
        is_on: |config| config.auth.flow == AuthFlow::UserAuth,
    },
    // https://aws.amazon.com/about-aws/whats-new/2025/04/amazon-cognito-refresh-token-rotation/
    Need {
        plan: Plan::Essentials,
        setting: "userPool.refreshTokenRotation",
        is_on: |config| config.user_pool.refresh_token_rotation,
    },
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_EmailMfaConfigType.html
    Need {
        plan: Plan::Essentials,
        setting: "EMAIL in userPool.secondFactors",
        is_on: |config| {
            config.user_pool.mfa != Mfa::Off && config.user_pool.second_factors.has(SecondFactor::Email)
        },
    },
    // https://docs.aws.amazon.com/cognito/latest/developerguide/feature-plans-features-essentials.html
    Need {
        plan: Plan::Essentials,
        setting: "userPool.passwordPolicy.historySize",
        is_on: |config| config.user_pool.password_policy.history_size.get() > 0,
    },
    // https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html
    Need {
        plan: Plan::Plus,
        setting: "userPool.threatProtection",
        is_on: |config| config.user_pool.threat_protection.is_on(),
    },
    // https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-multi-region.html
    Need {
        plan: Plan::Essentials,
        setting: "userPool.replicaRegions",
        is_on: |config| !config.user_pool.replica_regions.is_empty(),
    },
];

/// The needs that a configuration has.
pub(in crate::config) fn needs(config: &Config) -> impl Iterator<Item = &'static Need> {
    NEEDS.iter().filter(|need| (need.is_on)(config))
}

impl Config {
    /// The plan of a pool that the stack makes: the configured one, or else the lowest that the other settings need.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let least = || needs(self).map(|need| need.plan).max().unwrap_or(Plan::Lite);
        self.user_pool.plan.unwrap_or_else(least)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Each setting of [`NEEDS`] by itself, and the plan that it needs.
    fn alone() -> Vec<(serde_json::Value, Plan)> {
        vec![
            (json!({ "auth": { "flow": "USER_AUTH" } }), Plan::Essentials),
            (json!({ "userPool": { "refreshTokenRotation": true } }), Plan::Essentials),
            (json!({ "userPool": { "secondFactors": ["EMAIL"], "email": mail() } }), Plan::Essentials),
            (json!({ "userPool": { "passwordPolicy": { "historySize": 1 } } }), Plan::Essentials),
            (json!({ "userPool": { "replicaRegions": ["eu-west-1"] } }), Plan::Essentials),
            (json!({ "userPool": { "threatProtection": "AUDIT", "clientSecret": true } }), Plan::Plus),
        ]
    }

    fn mail() -> serde_json::Value {
        json!({ "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com", "from": "a@example.com" })
    }

    #[test]
    fn codes_by_mail_need_no_plan_where_nobody_is_asked_for_one() {
        let pool = json!({ "mfa": "OFF", "secondFactors": ["EMAIL"], "email": mail() });
        let file = json!({ "userPool": pool });
        assert_eq!(Config::parse(&file.to_string()).unwrap().plan(), Plan::Lite);
    }

    #[test]
    fn a_plan_that_nobody_names_is_the_least_that_the_settings_need() {
        assert_eq!(Config::parse("{}").unwrap().plan(), Plan::Lite);
        for (file, plan) in alone() {
            assert_eq!(Config::parse(&file.to_string()).unwrap().plan(), plan, "{file}");
        }
    }

    #[test]
    fn a_plan_that_is_named_is_taken_even_where_a_lower_one_would_do() {
        for plan in Plan::ALL {
            let file = json!({ "userPool": { "plan": plan.as_str() } });
            assert_eq!(Config::parse(&file.to_string()).unwrap().plan(), plan);
        }
    }

    #[test]
    fn a_plan_that_is_too_low_is_refused_for_each_setting_and_a_higher_one_is_not() {
        assert_eq!(alone().len(), NEEDS.len(), "each need has a line in alone()");
        for (file, least) in alone() {
            for plan in Plan::ALL {
                let mut file = file.clone();
                file["userPool"]["plan"] = json!(plan.as_str());
                let problems = Config::parse(&file.to_string());
                assert_eq!(problems.is_ok(), plan >= least, "{file}");
            }
        }
    }
}

"""Checks of the user pool's settings: what they need in the AWS account, and how a change of them affects users."""

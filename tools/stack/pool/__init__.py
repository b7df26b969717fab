"""What the settings of the user pool need of the account, and what a change of them does to people."""

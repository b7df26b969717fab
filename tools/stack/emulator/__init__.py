"""The emulated AWS on this machine: MiniStack, with patches where it differs from AWS, and cognito-local."""

"""The AWS on this machine: MiniStack with what it does other than AWS put right, and cognito-local."""

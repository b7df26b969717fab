"""Builds and deploys the stack, on AWS and on this machine in the same way: parameters, processors, builds, deploys."""

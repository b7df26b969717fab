"""From the sources to a stack, on AWS and on this machine alike: parameters, processors, builds, deploys."""

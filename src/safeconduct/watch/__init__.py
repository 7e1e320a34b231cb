"""The watch: observations to presences to alerts."""

"""A made-up case to show and to test with: Marjan airport, an hour of its traffic, and one car that waits."""

"""What keeps itineraries from becoming a target list: late release, manifests, conflicts told blind, cards, calendars."""

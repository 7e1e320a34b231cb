"""What keeps plans from becoming a target list: late release, manifests, conflicts told blind, cards, calendars."""

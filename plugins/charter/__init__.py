"""The charter: what two people agree on, written apart first, then together, and signed by both."""

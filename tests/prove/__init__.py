"""Proves the proofs: breaks one rule at a time and sees that a test notices."""

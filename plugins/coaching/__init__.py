"""Coaching practice: conversations that are logged, confirmed by the partner, released, marked."""

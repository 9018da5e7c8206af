"""Mentoring: the sign-up of mentees and mentors, step by step."""

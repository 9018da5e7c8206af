"""Mentoring: for now the sign-up of mentees and mentors, on one page."""

"""Use cases: functions that take plain values inside an open transaction, and never commit.

Those that call an LMS take the database instead and open short transactions of their own, because
no transaction is ever open during such a call.
"""

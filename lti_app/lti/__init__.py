"""Everything that speaks LTI: plain values go in and come out, here and nowhere else.

Nothing in here knows SQL or Flask: what has to be looked up comes in as a function or a value.

- `http`         calls to an LMS, bounded in time, size and destination
- `addresses`    web addresses: same origin, query merging, which ones belong to an LMS
- `login`        the first step of a launch
- `validation`   the second step: the signed token becomes a `Launch`; `claims` says what is read
- `key_sets`     an LMS's public keys; `keys`: our own
- `tokens`       service tokens; `scores`: grades; `quirks`: in what the products differ
"""

"""The one way out: every outgoing request of the hub passes :class:`HttpClient`.

::

    HttpClient.get ── Pace.turn (host)      one request per host at a time, >= 1 s apart, Retry-After
        └─ hop by hop ── parse_target       http/https, no userinfo, sane host
              ├─ Idle.take                  a kept connection, its address was checked when it was opened
              ├─ Dialer.dial                resolve once, check ALL answers, connect to the checked one
              ├─ Deadline                   every single read and write gets only the time that is left
              └─ read_body                  decoded size capped, one encoding, complete or an error
"""

from hub.http.client import HttpClient, Stats

__all__ = ["HttpClient", "Stats"]

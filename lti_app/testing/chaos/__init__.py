"""Chaos: people sign up while programs are killed and everything fails; then each grade is counted.

Real programs on real ports: the pages, workers, a database and a broker of their own, a sandbox
LMS, learners with browsers. Programs are killed with SIGKILL at named points of a grade's way.
Afterwards everything works again and time is let pass, and then for every completion that a learner
was told of the LMS's cell has to hold its grade, with one attempt and one comment at most. The case
in which more are allowed is named: an answer was lost, and the LMS lets nobody look into the cell.

    python -m lti_app.testing.chaos           two hundred learners, every LMS and database
    python -m lti_app.testing.chaos --short   two dozen; `make test` does that, too

    plan       how much happens, and where programs die
    faults     what goes wrong besides: one table
    killer     who kills whom when; `killable` is how the pages let themselves be killed
    programs, servers, learners    who it happens to
    clock      lets the hours pass for which the tool waits
    storm      one run
    verdict, report    what came of it
"""

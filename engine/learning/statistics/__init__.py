"""How sure one may be: intervals, tests and estimators of what few observations say."""

"""Everything that speaks SQL: tables, one idea a file, and the only place that commits."""

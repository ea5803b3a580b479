-- rationale: each engine has its own
SELECT 1::bigint;

-- rationale: each engine has its own
-- irreversible: nobody needs the old one
SELECT 1;

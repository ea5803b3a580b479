-- rationale: no declared step makes views
-- changes: users, user_deposits
-- risk: LOW

CREATE VIEW v AS SELECT 1;

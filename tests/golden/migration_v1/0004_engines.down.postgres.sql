SELECT 2::bigint;

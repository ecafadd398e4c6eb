CREATE TABLE IF NOT EXISTS administrator (login text PRIMARY KEY, password_hash text);
INSERT INTO administrator VALUES (%(login)s, %(password_hash)s)
ON CONFLICT (login) DO UPDATE SET password_hash = excluded.password_hash;

INSERT INTO auth_user (username, email, password, first_name, last_name,
                       is_superuser, is_staff, is_active, date_joined)
VALUES (%(login)s, %(email)s, %(password_hash)s, '', '', TRUE, TRUE, TRUE, now())
ON CONFLICT (username) DO UPDATE
   SET email = excluded.email, password = excluded.password,
       is_superuser = TRUE, is_staff = TRUE, is_active = TRUE;

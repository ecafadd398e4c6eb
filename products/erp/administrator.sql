UPDATE res_user
   SET login = %(login)s, email = %(email)s, password_hash = %(password_hash)s,
       password_reset = NULL, password_reset_expire = NULL, active = TRUE
 WHERE id = (SELECT db_id FROM ir_model_data WHERE module = 'res' AND fs_id = 'user_admin');
DELETE FROM ir_session
 WHERE create_uid = (SELECT db_id FROM ir_model_data WHERE module = 'res' AND fs_id = 'user_admin');
DELETE FROM res_user_login_attempt WHERE login = %(login)s;

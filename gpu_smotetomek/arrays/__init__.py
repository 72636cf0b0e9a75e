"""The only package that depends on array libraries; import its modules one by one."""

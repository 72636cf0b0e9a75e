"""The only package that knows array libraries; import its modules one by one."""

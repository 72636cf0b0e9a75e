"""The one package that knows array libraries; its modules are imported one by one."""

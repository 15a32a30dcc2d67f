"""Systems Manager: managed instances, inventory, commands, patches and automation.

moto has none of it but `SendCommand`, which always succeeds with empty output.
"""

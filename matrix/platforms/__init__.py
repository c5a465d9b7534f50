"""Every way to reach a system.

targets     the platforms that are measured, and how each is reached (targets.toml)
legs        how the runs of a workflow's legs come together
stacks/     network stacks that one Debian machine can host
guests      old Windows in a virtual machine (guests.toml)
"""

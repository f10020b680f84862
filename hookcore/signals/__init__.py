"""Who is called: signals, their receivers, in which order and with which arguments.

This wing knows no plugin and no config. It knows *owners*: a receiver's owner is active or not, and whoever switches
an owner (the manager) tells the signals so.
"""

"""`python -m ui.terminal` is `warmline`."""

from ui.terminal.app import main

main()

"""How we speak: templates, playbooks, phrases, lexicons, rule packs."""

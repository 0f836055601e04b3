"""What can go wrong with the words we keep in files.

PromptError
├── UnknownTemplate     no template, version or playbook of that name
├── TemplateInputsWrong a template was rendered with an input too few, too many, or of the wrong shape
└── PromptFileInvalid   a file under `prompts/` does not match its schema
"""


class PromptError(Exception):
    """Base of this room's errors: one line that names the file and field, what was expected, what to do."""


class UnknownTemplate(PromptError):
    """No template, version or playbook of that name."""


class PromptFileInvalid(PromptError):
    """A file under `prompts/` does not match its schema."""


class TemplateInputsWrong(PromptError):
    """A template was rendered with an input too few, too many, or of the wrong shape."""

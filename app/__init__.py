"""The window: Qt only, against engine.assistant and the plain values it returns, nothing deeper.

Every widget a person can act on carries an object name, so that tests and journeys find it as a person would:
`<page>.<thing>` ("chat.send", "library.add_folder"); in a list, the row is `<page>.<row>.<id>` ("chat.turn.0190…",
"memory.entry.…", "learning.adapter.…") and its parts are `<row>.<thing>` ("turn.regenerate", "entry.delete"), so a
search starts at the row. Dialogs are `<page>.<what>_dialog`; every confirmation is "confirm", with "confirm.accept"
and "confirm.cancel". Looks hang on the dynamic property `look` alone, never on names.
"""

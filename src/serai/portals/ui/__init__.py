"""The UI kit: layouts, components and browser assets all portals and modules' pages share.

`setup.install(app, directories)` puts it into an application; pages then call
`serai.kit.web.templates.render` and write their markup with `{{ ui.… }}` components.
"""

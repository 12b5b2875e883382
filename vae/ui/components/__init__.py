"""The Python side of each live component: its HTML, its style, and the module that runs it.

A component's inline JavaScript is imported from a blob, where relative imports fail. It is the few
lines of GLUE, which import a module of `vae/web` by its address. Such a module's default export is
`mount(root, data, server)`: it fills `root` once and returns `{update(data), dispose()}`;
`server.set(name, value)` sets a state value, `server.trigger(name, value)` one for a single run.
"""

from collections.abc import Callable
from functools import cache

import streamlit as st

from vae.ui import assets

GLUE = """
const {{ default: mount }} = await import(new URL("{url}", document.baseURI));
const mounted = new WeakMap();

export default function ({{ parentElement, data, setStateValue, setTriggerValue }}) {{
  const [content] = data;
  const known = mounted.get(parentElement);
  if (known) {{
    Object.assign(known.server, {{ set: setStateValue, trigger: setTriggerValue }});
    known.part.update(content);
  }} else {{
    const server = {{ set: setStateValue, trigger: setTriggerValue }};
    mounted.set(parentElement, {{ server, part: mount(parentElement, content, server) }});
  }}
  return () => {{
    mounted.get(parentElement)?.part.dispose();
    mounted.delete(parentElement);
  }};
}}
"""


def define(name: str, module: str, html: str, *styles: str) -> Callable:
    """Register a component.

    Args:
        name: what Streamlit calls it.
        module: its ES module, a path in `vae/web`.
        html: its markup, a path in `vae/web`.
        styles: its style sheets, paths in `vae/web`.

    Returns:
        `mount(data, **options)`: draws it, with `data` any JSON; options as Streamlit has them.
    """

    @cache  # when a page first needs it: the server's options are known by then
    def component():
        return st.components.v2.component(
            name,
            html=_read(html),
            css="\n".join(map(_read, styles)),
            js=GLUE.format(url=assets.module_url(module)),
            isolate_styles=False,  # Plotly does not style a shadow root
        )

    def mount(data: object, **options):
        # In a list: in a plain dict Streamlit looks for data frames, and loads pandas to know one.
        return component()(data=[data], **options)

    return mount


def _read(path: str) -> str:
    return (assets.WEB / path).read_text(encoding="utf-8")

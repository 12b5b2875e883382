"""The Python side of each live component: its markup, its styles, and the module that runs it.

A component's inline JavaScript is imported from a blob, where relative imports fail, and it travels
with every message. So it is only the lines of GLUE, which fetch files of `vae/web` by address. The
module's default export is `mount(parent, data, server)`: it brings the markup in `parent` to life
and returns `{update(data), dispose()}`. `server.set(name, value)` sets a state value,
`server.trigger(name, value)` one for a single run.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

from vae.ui import assets

RESOURCES = "shared/resources.js"
STYLE = "shared/base.css"
GLUE = """
const [resources, module, html, ...styles] = %s.map((url) => new URL(url, document.baseURI).href);
const importing = import(module);
const { loadStyle, loadText } = await import(resources);
const [{ default: mount }, markup] = await Promise.all([
  importing, loadText(html), ...styles.map(loadStyle)
]);
const mounted = new WeakMap();

export default function ({ parentElement: parent, data, setStateValue, setTriggerValue }) {
  const [content] = data;
  const server = { set: setStateValue, trigger: setTriggerValue };
  const known = mounted.get(parent);
  if (known) {
    Object.assign(known.server, server);
    known.part.update(content);
  } else {
    parent.innerHTML = markup;
    mounted.set(parent, { server, part: mount(parent, content, server) });
  }
  return () => {
    mounted.get(parent)?.part.dispose();
    mounted.delete(parent);
  };
}
"""


def define(module: str, html: str, *styles: str) -> Callable:
    """Register a component, called after its module.

    Args:
        module: its ES module, a path in `vae/web`.
        html: its markup, a path in `vae/web`.
        styles: its style sheets beside the common one, paths in `vae/web`.

    Returns:
        `mount(data, **options)`: draws it, with `data` any JSON; options as Streamlit has them.
    """

    @cache  # when a page first needs it: the server's options are known by then
    def component():
        urls = [assets.module_url(path) for path in (RESOURCES, module, html, STYLE, *styles)]
        glue = GLUE % json.dumps(urls)
        # Not in a shadow root: Plotly does not style one.
        name = f"latent_{Path(module).stem}"
        return st.components.v2.component(name, js=glue, isolate_styles=False)

    def mount(data: object, **options):
        # In a list: in a plain dict Streamlit looks for data frames, and loads pandas to know one.
        return component()(data=[data], **options)

    return mount

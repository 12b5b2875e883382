// Files by address, relative to the page's own, or bytes that are at hand already.

import { createElement } from "./dom.js";

export async function loadBytes(source) {
  if (source instanceof Uint8Array) return source;
  return new Uint8Array(await (await load(source)).arrayBuffer());
}

export const loadText = async (source) => (await load(source)).text();

async function load(source) {
  const response = await fetch(new URL(source, document.baseURI));
  if (!response.ok) throw new Error(`${source}: ${response.status}`);
  return response;
}

// Adds a style sheet to the page, once; resolves when it holds, or cannot be had.
export function loadStyle(href) {
  if (document.querySelector(`link[href="${href}"]`)) return null;
  return append("link", { rel: "stylesheet", href }).catch(() => null);
}

// A classic script that defines the global `name`, loaded once however many ask for it.
const scripts = new Map();

export async function loadScript(source, name) {
  if (!window[name] && !scripts.has(source)) {
    scripts.set(source, append("script", { src: new URL(source, document.baseURI) }));
  }
  try {
    await scripts.get(source);
  } catch {
    scripts.delete(source); // so that the next page tries again
    throw new Error(`${source} could not be loaded.`);
  }
  return window[name];
}

const append = (tag, properties) =>
  new Promise((resolve, reject) => {
    document.head.append(createElement(tag, { ...properties, onload: resolve, onerror: reject }));
  });

// Files by address, relative to the page's own, or bytes that are at hand already.

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

// Adds a style sheet to the page, once; resolves when it has loaded or failed.
export function loadStyle(url) {
  if (document.querySelector(`link[href="${url}"]`)) return null;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}

// A classic script that defines the global `name`, loaded once however many ask for it.
const scripts = new Map();

export function loadScript(source, name) {
  if (window[name]) return Promise.resolve(window[name]);
  if (!scripts.has(source)) {
    const script = document.createElement("script");
    script.src = new URL(source, document.baseURI);
    const loading = new Promise((resolve, reject) => {
      script.onload = () => resolve(window[name]);
      script.onerror = () => {
        scripts.delete(source); // so that the next page tries again
        reject(new Error(`${source} could not be loaded.`));
      };
    });
    scripts.set(source, loading);
    document.head.append(script);
  }
  return scripts.get(source);
}

// Elements of the page.

/** An element with its attributes (true stands bare, null is left out) and what it holds. */
export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

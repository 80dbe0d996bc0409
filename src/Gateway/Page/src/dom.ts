// Elements without a framework and without HTML in strings: what comes from a clip or a file name is always text.

export type Child = Node | string | number | null | undefined | false;

type Value = string | number | boolean | null | undefined | ((event: never) => void);

export type Attributes = Record<string, Value>;

const svgNamespace = "http://www.w3.org/2000/svg";

export function el<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAll(element, attributes);
  element.append(...present(children));
  return element;
}

export function svg<Tag extends keyof SVGElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(svgNamespace, tag);
  setAll(element, attributes);
  element.append(...present(children));
  return element;
}

/** Says it to those who do not see it change. */
export function announce(text: string): void {
  document.getElementById("announcer")!.textContent = text;
}

function present(children: Child[]): (Node | string)[] {
  return children.filter((child) => child !== null && child !== undefined && child !== false).map((child) => (child instanceof Node ? child : String(child)));
}

function setAll(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice("on".length), value as EventListener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
}

/*
 * Colours of tokens come with the answers. The page's policy allows no style in markup, so each pair of colours becomes a class
 * of a sheet that the page makes; what is not a colour is ignored by the browser.
 */

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
const classes = new Map<string, string>();

/** A theme has some dozens of colours; whatever sends more than this gets the text's own. */
const mostClasses = 500;

/** Class for a text in these colours; undefined for text in the page's own. */
export function colourClass(light: string | undefined, dark: string | undefined): string | undefined {
  if (!light && !dark) return undefined;
  const key = `${light} ${dark}`;
  const known = classes.get(key);
  if (known !== undefined) return known || undefined;
  if (classes.size >= mostClasses) return undefined;
  const name = `k${classes.size}`;
  const rule = sheet.cssRules[sheet.insertRule(`.${name} {}`, sheet.cssRules.length)] as CSSStyleRule;
  rule.style.setProperty('color', `light-dark(${light ?? 'currentcolor'}, ${dark ?? 'currentcolor'})`);
  // A stray bracket or `url()` leaves the rule empty.
  const set = rule.style.getPropertyValue('color') ? name : '';
  classes.set(key, set);
  return set || undefined;
}

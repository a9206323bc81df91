// The look of things, by their features: colour, letters, badges and a name. As in viz/looks.py, viz/names.py and viz/report/maps.py.

const SURE = 0.5; // from where on a thing looks like a feature
const BRIGHT = 100; // of 255, from where on letters on a colour are black

// Return the colour that the strongest feature names, else that of the type.
export function colourOf(features, type, page) {
  let [colour, most] = [page.typeColours[type], SURE];
  features.forEach((value, f) => {
    const named = page.colours[page.features[f]];
    if (named && value > most) [colour, most] = [named, value];
  });
  return colour;
}

// Return black or white, whichever is readable on a colour.
export function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > BRIGHT ? "#111111" : "#ffffff";
}

// Return the badges of a thing: of features that no colour tells. As in viz/badges.py.
export function badgesOf(features, page) {
  return page.badges.filter(({ feature }) => features[feature] > SURE);
}

// Return a name such as "red door": what it looks like beside its type. As in viz/names.py.
export function nameOf(features, type, page) {
  const there = page.features.map((name, f) => ({ isColour: name in page.colours, said: page.said[type][f], value: features[f] }))
    .filter(({ value }) => value > SURE);
  const words = (some) => some.map(({ said }) => said).filter(Boolean);
  const colours = there.filter(({ isColour }) => isColour);
  const others = there.filter(({ isColour }) => !isColour);
  const name = [...words(others), words(colours).join(" and "), page.types[type]].filter(Boolean).join(" ");
  const usual = colours.length > 0 ? [] : page.usual[type];
  return usual.length > 0 ? `${name} that isn't ${usual.join(" or ")}` : name;
}

// Return a number with two decimals and a proper minus sign, more where they would hide it.
export function written(value) {
  const size = Math.abs(value);
  if (size > 0 && size < 0.005) return `${value < 0 ? "−" : ""}${size < 0.0001 ? "<0.0001" : size.toPrecision(1)}`;
  return `${value < 0 && size >= 0.005 ? "−" : ""}${size.toFixed(2)}`;
}

// Return a number with its sign.
export const signed = (value) => `${value > 0 ? "+" : ""}${written(value)}`;

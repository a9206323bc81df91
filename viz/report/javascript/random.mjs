// Random streams: every number is a hash of what it is drawn for, as in evosim/numerics/random.py.
// A number of 64 bits is a pair of its halves, { high, low }: searches that sample draw too often for BigInts.

const GOLDEN = { high: 0x9e3779b9, low: 0x7f4a7c15 };
const KEYS = [{ high: 0xff51afd7, low: 0xed558ccd }, { high: 0xc4ceb9fe, low: 0x1a85ec53 }];
const DRAWS = [{ high: 0xbf58476d, low: 0x1ce4e5b9 }, { high: 0x94d049bb, low: 0x133111eb }];
const WORD = 2 ** 32;

// Return the key whose number is written in a text, in decimal digits.
export function keyOf(digits) {
  const number = BigInt(digits);
  return { high: Number(number >> 32n), low: Number(number & 0xffffffffn) };
}

// Return the key of the narrower scope `word`.
export function fold(key, word) {
  let z = scattered(key, word);
  z = times(shifted(z, 33), KEYS[0]);
  z = times(shifted(z, 33), KEYS[1]);
  return shifted(z, 33);
}

// Draw from [0, 1): number `draw` of the scope `key`.
export function uniform(key, draw) {
  let z = scattered(key, draw);
  z = times(shifted(z, 30), DRAWS[0]);
  z = times(shifted(z, 27), DRAWS[1]);
  z = shifted(z, 31);
  return (z.high * 2 ** 21 + (z.low >>> 11)) * 2 ** -53;
}

// Draw a whole number from 0 to count - 1.
export const below = (key, draw, count) => Math.floor(uniform(key, draw) * count);

// Return key + GOLDEN · (word + 1), of which 64 bits are kept.
function scattered(key, word) {
  const number = { high: Math.floor((word + 1) / WORD), low: (word + 1) >>> 0 };
  const product = times(GOLDEN, number);
  const low = key.low + product.low;
  return { high: (key.high + product.high + (low >= WORD ? 1 : 0)) >>> 0, low: low >>> 0 };
}

// Return z ^ (z >> bits).
function shifted({ high, low }, bits) {
  if (bits >= 32) return { high, low: (low ^ (high >>> (bits - 32))) >>> 0 };
  return { high: (high ^ (high >>> bits)) >>> 0, low: (low ^ ((low >>> bits) | (high << (32 - bits)))) >>> 0 };
}

// Return the lower 64 bits of a product, by halves of halves: each partial product is exact.
function times(one, other) {
  const [a, b, c, d] = [one.low & 0xffff, one.low >>> 16, other.low & 0xffff, other.low >>> 16];
  const first = a * c;
  const second = b * c + (first >>> 16);
  const third = a * d + (second & 0xffff);
  const carried = b * d + (second >>> 16) + (third >>> 16);
  const crossed = Math.imul(one.high, other.low) + Math.imul(one.low, other.high);
  return { high: (carried + crossed) >>> 0, low: ((third << 16) | (first & 0xffff)) >>> 0 };
}

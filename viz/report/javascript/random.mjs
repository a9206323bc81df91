// Random streams: every number is a hash of what it is drawn for, as in evosim/numerics/random.py.

const GOLDEN = 0x9e3779b97f4a7c15n;

const wrapped = (number) => BigInt.asUintN(64, number);

// Return the key of the narrower scope `word`; keys are BigInts of 64 bits.
export function fold(key, word) {
  let z = wrapped(key + GOLDEN * (BigInt(word) + 1n));
  z = wrapped((z ^ (z >> 33n)) * 0xff51afd7ed558ccdn);
  z = wrapped((z ^ (z >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return z ^ (z >> 33n);
}

// Draw from [0, 1): number `draw` of the scope `key`.
export function uniform(key, draw) {
  let z = wrapped(key + GOLDEN * (BigInt(draw) + 1n));
  z = wrapped((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = wrapped((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return Number((z ^ (z >> 31n)) >> 11n) * 2 ** -53;
}

// Draw a whole number from 0 to count - 1.
export const below = (key, draw, count) => Math.floor(uniform(key, draw) * count);

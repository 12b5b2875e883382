// Small arithmetic that several modules need.

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export const smoothstep = (t) => t * t * (3 - 2 * t);

// One draw from the standard normal (Box and Muller, 1958).
export const gaussian = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

// A place as the server and the address carry it: to 0.01, without a negative zero.
export const roundPlace = (place) => place.map((value) => Math.round(value * 100) / 100 + 0);

export const samePlace = (a, b) => a[0] === b[0] && a[1] === b[1];

export const formatPlace = (place) => place.map((value) => value.toFixed(2)).join(", ");

export const contains = ({ left, right, bottom, top }, [x, y]) => x >= left && x <= right && y >= bottom && y <= top;

export const clampPlace = ({ left, right, bottom, top }, [x, y]) => [clamp(x, left, right), clamp(y, bottom, top)];

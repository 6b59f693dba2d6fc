/** A seeded source of chance: the same seed, the same world. */
export class Chance {
  #state: number;
  #ids = 0;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
  }

  /** From 0 (included) to 1 (excluded): mulberry32. */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Unique rather than random: what core does with an id is to compare it. */
  id(): string {
    return `id-${++this.#ids}`;
  }

  is(probability: number): boolean {
    return probability > 0 && this.number() < probability;
  }

  between(low: number, high: number): number {
    return low + this.number() * (high - low);
  }

  /** Both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.number() * (high - low + 1));
  }

  /** Evenly over the orders of magnitude between two positive numbers. */
  magnitude(low: number, high: number): number {
    return low * (high / low) ** this.number();
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.number() * values.length)]!;
  }
}
